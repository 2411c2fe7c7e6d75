/** One field of a form: label, hint and error, tied to the control inside for screen readers. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** What a control inside a field must carry. */
export interface ControlProps {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean;
}

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  /** A short remark beside the label. */
  mark?: string | undefined;
  /** As the API gives it. */
  error?: string | null | undefined;
  children(control: ControlProps): ComponentChildren;
}

export function Field({ label, hint, mark, error, children }: FieldProps) {
  const id = useId();
  const control = { id, 'aria-describedby': `${id}-mark ${id}-hint ${id}-error`, 'aria-invalid': Boolean(error) };
  return (
    <div class="field">
      <div class="field-head">
        <label for={id}>{label}</label>
        <span id={`${id}-mark`} class="field-mark">
          {mark}
        </span>
      </div>
      {children(control)}
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  );
}

/** What stands below a control: its help, and what is wrong with it. @param id of the control, which is described by them */
export function FieldNotes({ id, hint, error }: Pick<FieldProps, 'hint' | 'error'> & { id: string }) {
  return (
    <>
      <div id={`${id}-hint`} class="hint">
        {hint}
      </div>
      <div id={`${id}-error`} class="error" aria-live="polite">
        {error}
      </div>
    </>
  );
}

interface TextInputProps {
  control: ControlProps;
  value: string;
  onInput(value: string): void;
}

export function TextInput({ control, value, onInput }: TextInputProps) {
  return (
    <input
      {...control}
      class="input"
      type="text"
      value={value}
      autocomplete="off"
      spellcheck={false}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

interface CheckboxProps {
  label: string;
  checked: boolean;
  onChange(checked: boolean): void;
  disabled?: boolean;
}

/** Switches something on or off at once, in the head of a card for example. */
export function Checkbox({ label, checked, onChange, disabled = false }: CheckboxProps) {
  return (
    <label class="checkbox">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

interface SelectProps<Value extends string> {
  control: ControlProps;
  value: NoInfer<Value>;
  options: Record<Value, string>;
  onSelect(value: NoInfer<Value>): void;
}

export function Select<Value extends string>({ control, value, options, onSelect }: SelectProps<Value>) {
  return (
    <select {...control} class="input" value={value} onChange={(event) => onSelect(event.currentTarget.value as Value)}>
      {Object.entries<string>(options).map(([name, label]) => (
        <option key={name} value={name}>
          {label}
        </option>
      ))}
    </select>
  );
}
