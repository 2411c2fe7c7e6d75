/** Some fields under one heading. */
import { useState } from 'preact/hooks';
import { Card } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { FieldGrid } from './field-control.tsx';
import type { FormState } from './form-state.ts';
import { fieldLabel, isUsed, type Section } from './layout.ts';
import { fieldsNow } from './values.ts';

export function FormSection({ form, section }: { form: FormState; section: Section }) {
  const [isOpen, setOpen] = useState(() => isUsed(section, form.draft));
  const { title, fields } = section;
  if (!section.isFolded) {
    return (
      <Card title={title}>
        <FieldGrid form={form} fields={fields} />
      </Card>
    );
  }
  const hasFault = fieldsNow(fields, form.draft).some(({ path }) => form.faultAt(path) !== null);
  return (
    <details class="card folded" open={isOpen || hasFault} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="card-head">
        <Icon name="chevron" />
        <h2>{title}</h2>
        <span class="muted folded-fields">{fields.map(fieldLabel).join(', ')}</span>
      </summary>
      <div class="card-body">
        <FieldGrid form={form} fields={fields} />
      </div>
    </details>
  );
}
