/** A number as text, so that the API can say what is wrong with it; the arrow keys count within its limits. */
import type { ControlProps } from '../../components/field.tsx';
import type { NumberField } from './fields.ts';

interface NumberControlProps {
  control: ControlProps | { 'aria-label': string };
  field: NumberField;
  value: string;
  onInput(text: string): void;
}

export function NumberControl({ control, field, value, onInput }: NumberControlProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (by === undefined || !field.isWhole) return;
    event.preventDefault();
    onInput(String(counted(field, value, by)));
  };
  const now = value.trim() === '' ? Number.NaN : Number(value);
  return (
    <input
      {...control}
      class="input"
      type="text"
      role="spinbutton"
      inputMode={field.isWhole && (field.minimum ?? -1) >= 0 ? 'numeric' : 'text'}
      value={value}
      placeholder={field.isNullable ? 'none' : ''}
      autocomplete="off"
      {...(field.minimum !== null && { 'aria-valuemin': field.minimum })}
      {...(field.maximum !== null && { 'aria-valuemax': field.maximum })}
      {...(Number.isFinite(now) && { 'aria-valuenow': now })}
      onInput={(event) => onInput(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}

function counted({ minimum, maximum }: NumberField, value: string, by: number): number {
  const now = Number(value);
  const next = Number.isFinite(now) ? Math.trunc(now) + by : by;
  return Math.min(maximum ?? next, Math.max(minimum ?? next, next));
}
