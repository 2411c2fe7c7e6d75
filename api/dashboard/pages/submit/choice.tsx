/** One of a few, all of them in sight: radio buttons side by side. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { FieldNotes } from '../../components/field.tsx';

interface ChoiceProps {
  label: string;
  isLabelHidden?: boolean;
  /** Text by value. */
  options: Record<string, string>;
  value: string;
  onSelect(value: string): void;
  hint?: ComponentChildren;
  mark?: string | undefined;
  error?: string | null;
  /** Beside the buttons. */
  children?: ComponentChildren;
}

export function Choice({
  label,
  isLabelHidden = false,
  options,
  value,
  onSelect,
  hint,
  mark,
  error,
  children,
}: ChoiceProps) {
  const id = useId();
  return (
    <div
      class="field choice"
      role="radiogroup"
      aria-labelledby={`${id}-label`}
      aria-invalid={Boolean(error)}
      aria-describedby={`${id}-mark ${id}-hint ${id}-error`}
    >
      <div class={isLabelHidden ? 'visually-hidden' : 'field-head'}>
        <span id={`${id}-label`} class="label">
          {label}
        </span>
        <span id={`${id}-mark`} class="field-mark">
          {mark}
        </span>
      </div>
      <div class="choice-row">
        <div class="segments">
          {Object.entries(options).map(([name, text]) => (
            <label key={name}>
              <input type="radio" name={id} value={name} checked={name === value} onChange={() => onSelect(name)} />
              <span>{text}</span>
            </label>
          ))}
        </div>
        {children}
      </div>
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  );
}
