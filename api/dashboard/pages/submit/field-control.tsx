/** The control of a field, whatever its type is. */
import { Field, Select, TextInput } from '../../components/field.tsx';
import { CheckpointFields } from './checkpoint-fields.tsx';
import { Choice } from './choice.tsx';
import { type ChoiceField, type Field as FormField, type GroupField, type NumberField, OFF, ON } from './fields.ts';
import { bound, type FormState } from './form-state.ts';
import { Hint } from './hint.tsx';
import { fieldLabel } from './layout.ts';
import { NumberControl } from './number-control.tsx';
import { membersNow } from './values.ts';

interface ControlProps<F extends FormField = FormField> {
  form: FormState;
  field: F;
}

/** As many as stand side by side on a phone. */
const MOST_IN_SIGHT = 3;

export function FieldControl({ form, field }: ControlProps) {
  const { value, onInput, ...rest } = bound(form, field);
  const common = { ...rest, label: fieldLabel(field), hint: <Hint field={field} /> };
  switch (field.type) {
    case 'group':
      return <Group form={form} field={field} />;
    case 'variant': {
      const names = field.isNullable ? [OFF, ...Object.keys(field.options)] : Object.keys(field.options);
      return (
        <div class="form-group">
          <Choice {...common} options={namedAs(names)} value={value} onSelect={onInput} />
          <FieldGrid form={form} fields={membersNow(field, form.draft)} />
        </div>
      );
    }
    case 'choice':
      return <OneOf form={form} field={field} />;
    case 'flag':
      return <Choice {...common} options={{ true: 'Yes', false: 'No' }} value={value} onSelect={onInput} />;
    case 'number':
      return field.words.length > 0 ? (
        <NumberOrWord form={form} field={field} />
      ) : (
        <Field {...common}>
          {(control) => <NumberControl control={control} field={field} value={value} onInput={onInput} />}
        </Field>
      );
    case 'text':
    case 'list':
    case 'json':
      return <Field {...common}>{(control) => <TextInput control={control} value={value} onInput={onInput} />}</Field>;
    default: {
      const never: never = field;
      return never;
    }
  }
}

export function FieldGrid({ form, fields }: { form: FormState; fields: readonly FormField[] }) {
  return (
    <div class="form-grid">
      {fields.map((field) => (
        <div key={field.path} data-path={field.path} class={isWide(field) ? 'form-cell wide' : 'form-cell'}>
          <FieldControl form={form} field={field} />
        </div>
      ))}
    </div>
  );
}

function isWide(field: FormField): boolean {
  return field.type === 'variant' || (field.type === 'group' && (field.isSwitch || field.fields.length > 1));
}

function namedAs(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

function OneOf({ form, field }: ControlProps<ChoiceField>) {
  const { value, onInput, ...rest } = bound(form, field);
  const common = { ...rest, label: fieldLabel(field), hint: <Hint field={field} /> };
  const names = field.options.map(String);
  const options = field.initial === '' ? { '': 'not set', ...namedAs(names) } : namedAs(names);
  const isShort = names.length > 1 && Object.keys(options).length <= MOST_IN_SIGHT;
  if (isShort) return <Choice {...common} options={options} value={value} onSelect={onInput} />;
  return (
    <Field {...common}>
      {(control) => <Select control={control} options={options} value={value} onSelect={onInput} />}
    </Field>
  );
}

function NumberOrWord({ form, field }: ControlProps<NumberField>) {
  const { value, onInput, ...rest } = bound(form, field);
  const isWord = field.words.includes(value);
  const label = fieldLabel(field);
  return (
    <Choice
      {...rest}
      label={label}
      hint={<Hint field={field} />}
      options={{ ...namedAs(field.words), [ON]: 'a number' }}
      value={isWord ? value : ON}
      onSelect={(name) => onInput(name === ON ? '' : name)}
    >
      {!isWord && (
        <NumberControl
          control={{ 'aria-label': `${label}, as a number` }}
          field={field}
          value={value}
          onInput={onInput}
        />
      )}
    </Choice>
  );
}

function Group({ form, field }: ControlProps<GroupField>) {
  const { value, onInput, mark, error } = bound(form, field);
  const [only, ...more] = field.fields;
  if (!field.isSwitch && only && more.length === 0) return <FieldControl form={form} field={only} />;
  const members = membersNow(field, form.draft);
  const label = fieldLabel(field);
  return (
    <fieldset class="field form-group" data-switch={field.isSwitch}>
      <legend class="field-head">
        {field.isSwitch ? (
          <label class="switch">
            <input
              type="checkbox"
              checked={value === ON}
              onChange={(event) => onInput(event.currentTarget.checked ? ON : OFF)}
            />
            {label}
          </label>
        ) : (
          label
        )}
        {mark && <span class="field-mark">{mark}</span>}
      </legend>
      <div class="hint">
        <Hint field={field} />
      </div>
      {error && <div class="error">{error}</div>}
      {members.length > 0 &&
        (field.isReference ? (
          <CheckpointFields form={form} fields={members} />
        ) : (
          <FieldGrid form={form} fields={members} />
        ))}
    </fieldset>
  );
}
