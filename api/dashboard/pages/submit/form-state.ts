/** What the controls of the form see of it. */
import type { Field } from './fields.ts';
import { type Draft, textOf } from './values.ts';

export interface FormState {
  draft: Draft;
  set(path: string, text: string): void;
  /** As the API gives it, where it is to be shown. */
  faultAt(path: string): string | null;
  /** What the job that this is a variant of has there, if another value. */
  markAt(path: string): string | undefined;
}

/** What a control is given by its field. */
export function bound(form: FormState, field: Field) {
  return {
    value: textOf(field, form.draft),
    onInput: (text: string) => form.set(field.path, text),
    mark: form.markAt(field.path),
    error: form.faultAt(field.path),
  };
}
