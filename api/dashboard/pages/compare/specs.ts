/** Specs side by side: one row for each field, nested ones by their path (`optimizer.learningRate`). */
import type { TrainSpec } from '../../../../shared/jobs.ts';

export type FieldValue = string | number | boolean | null;

export interface FieldRow {
  path: string;
  /** For each spec; null where it has no such field, or has it as null. */
  values: FieldValue[];
  differs: boolean;
}

export function flatten(value: object, prefix = ''): Map<string, FieldValue> {
  const fields = new Map<string, FieldValue>();
  for (const [name, field] of Object.entries(value)) {
    const path = prefix + name;
    if (typeof field !== 'object' || field === null) fields.set(path, field);
    else for (const [inner, leaf] of flatten(field, `${path}.`)) fields.set(inner, leaf);
  }
  return fields;
}

/** In the order of the specs. Where one has `earlyStopping` as null and another as an object, only the latter's fields are rows. */
export function fieldRows(specs: readonly TrainSpec[]): FieldRow[] {
  const flat = specs.map((spec) => flatten(spec));
  const paths = [...new Set(flat.flatMap((fields) => [...fields.keys()]))];
  const isParent = (path: string) => paths.some((other) => other.startsWith(`${path}.`));
  const names = Object.keys(Object.assign({}, ...specs));
  const place = (path: string) => names.indexOf(path.split('.')[0] as string);
  return paths
    .filter((path) => !isParent(path))
    .sort((a, b) => place(a) - place(b))
    .map((path) => {
      const values = flat.map((fields) => fields.get(path) ?? null);
      return { path, values, differs: new Set(values).size > 1 };
    });
}
