/** What the API finds wrong with a body, put to the fields of the form. */
import type { FieldFault } from '../../../../shared/errors.ts';
import type { ShownProblem } from '../../data/api.ts';

export interface Faults {
  /** By the field's path. */
  byPath: ReadonlyMap<string, string>;
  /** Of no field that is to be seen. */
  general: readonly string[];
}

export const NO_FAULTS: Faults = { byPath: new Map(), general: [] };

/** @param paths of the fields that are to be seen; a fault goes to its own or to the one that holds it */
export function placeFaults({ errors = [], detail }: ShownProblem, paths: ReadonlySet<string>): Faults {
  if (errors.length === 0) return { byPath: new Map(), general: [detail] };
  const byPath = new Map<string, string>();
  const general: string[] = [];
  for (const fault of errors) {
    const path = pathsFrom(fault.field).find((one) => paths.has(one));
    if (path === undefined) general.push(`${fault.field}: ${fault.allowed}`);
    else if (!byPath.has(path)) byPath.set(path, inWords(fault, path));
  }
  return { byPath, general };
}

/** `spec.optimizer.type`, `spec.optimizer`, `spec`. */
function pathsFrom(field: string): string[] {
  const names = field.replaceAll(/\[[^\]]*\]/g, '').split('.');
  return names.map((_name, i) => names.slice(0, names.length - i).join('.'));
}

function inWords({ field, value, allowed }: FieldFault, path: string): string {
  if (allowed.startsWith('required: ')) return `Required: ${allowed.slice('required: '.length)}`;
  const isItem = field.startsWith(`${path}[`);
  return isItem ? `“${String(value)}” must be ${allowed}` : `Must be ${allowed}`;
}
