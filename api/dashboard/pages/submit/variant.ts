/** A job that is like another one but for some fields. */
import type { JobView } from '../../../../shared/views.ts';
import type { Field } from './fields.ts';
import { type Draft, draftOf, fieldsNow, textOf } from './values.ts';

const LONGEST_NAME = 200;

/** `wide`, `wide variant`, `wide variant 2`, … */
export function variantName(name: string | null): string | null {
  if (name === null) return null;
  const found = / variant(?: (\d+))?$/.exec(name);
  if (!found) return shortened(name, ' variant');
  return shortened(name.slice(0, found.index), ` variant ${Number(found[1] ?? 1) + 1}`);
}

/** By characters, as the API counts: a half of one is refused. */
function shortened(name: string, end: string): string {
  return [...name].slice(0, LONGEST_NAME - end.length).join('') + end;
}

export function originDraft(fields: readonly Field[], origin: JobView): Draft {
  const { tags, priority, spec } = origin;
  return draftOf(fields, { name: variantName(origin.name), tags, priority, spec });
}

/** By path, what the other job has where this one differs: `was 0.05`. */
export function differences(fields: readonly Field[], draft: Draft, origin: Draft): Map<string, string> {
  const before = new Map(fieldsNow(fields, origin).map((field) => [field.path, field]));
  const found = new Map<string, string>();
  for (const field of fieldsNow(fields, draft)) {
    const same = before.get(field.path);
    // Of what has just been switched on, only the switch differs.
    if (!same || field.path === 'name') continue;
    const was = textOf(same, origin);
    if (!isSameText(field, was, textOf(field, draft))) found.set(field.path, `was ${was === '' ? 'empty' : was}`);
  }
  return found;
}

function isSameText(field: Field, a: string, b: string): boolean {
  if (a.trim() === b.trim()) return true;
  return field.type === 'number' && a.trim() !== '' && b.trim() !== '' && Number(a) === Number(b);
}
