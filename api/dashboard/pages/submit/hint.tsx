/** Help for a field, from its description in the schema: what stands between backticks is code. */
import { type Field, limitsOf } from './fields.ts';

/** @param isLimited whether the limits of a number need saying */
export function Hint({ field, isLimited = true }: { field: Field; isLimited?: boolean }) {
  const limits = field.type === 'number' && isLimited ? limitsOf(field) : '';
  const text = inFormWords(field);
  return (
    <>
      {text.split('`').map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part))}
      {limits !== '' && ` ${limits.charAt(0).toUpperCase()}${limits.slice(1)}.`}
    </>
  );
}

/** The schema speaks of JSON: here nothing is null or absent, but empty or off. */
function inFormWords({ hint, type }: Field): string {
  return hint.replace(/\bnull:/, type === 'group' ? 'off:' : 'empty:').replace(/^Absent:/, 'Not set:');
}
