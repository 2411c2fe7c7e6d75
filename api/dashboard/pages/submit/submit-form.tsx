/** The form of one kind of job, checked by the API as it is filled in. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { toast } from '../../components/toast.tsx';
import { api } from '../../data/api.ts';
import { navigate } from '../../router.ts';
import { AsJson } from './as-json.tsx';
import { NO_FAULTS, placeFaults } from './faults.ts';
import type { Field } from './fields.ts';
import type { FormState } from './form-state.ts';
import { createIdempotencyKeys } from './idempotency-keys.ts';
import { fieldLabel, sectionsOf } from './layout.ts';
import { OutcomeCard } from './outcome-card.tsx';
import { FormSection } from './section.tsx';
import { isOfTheBody, useDryRun } from './use-dry-run.ts';
import { bodyOf, type Draft, fieldsNow, isBeingFilledIn } from './values.ts';

interface SubmitFormProps {
  kind: string;
  fields: readonly Field[];
  draft: Draft;
  onDraft(draft: Draft): void;
  /** By path, what the job that this is a variant of has there. */
  marks: ReadonlyMap<string, string>;
}

export function SubmitForm({ kind, fields, draft, onDraft, marks }: SubmitFormProps) {
  const element = useRef<HTMLFormElement>(null);
  const keyOf = useMemo(createIdempotencyKeys, []);
  const [touched, setTouched] = useState<ReadonlySet<string>>(() => new Set(Object.keys(draft)));
  const [attempts, setAttempts] = useState(0);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const body = bodyOf(kind, fields, draft);
  const outcome = useDryRun(attempts === 0 && isBeingFilledIn(fields, draft, touched) ? null : body);

  const shown = fieldsNow(fields, draft);
  const problem = isOfTheBody(failure) ? failure.problem : outcome.problem;
  const faults = problem ? placeFaults(problem, new Set(shown.map(({ path }) => path))) : NO_FAULTS;
  const form: FormState = {
    draft,
    set(path, text) {
      setFailure(null);
      // Emptied, it is to be filled in anew.
      if (text === '') setTouched((before) => new Set([...before].filter((one) => one !== path)));
      onDraft({ ...draft, [path]: text });
    },
    faultAt: (path) => (attempts > 0 || touched.has(path) ? (faults.byPath.get(path) ?? null) : null),
    markAt: (path) => marks.get(path),
  };

  // After the faults have been drawn, the keyboard goes to the first of them.
  useEffect(() => {
    if (attempts > 0) goToFirstFault(element.current);
  }, [attempts]);

  const submit = async () => {
    if (busy) return;
    setBusy(true);
    try {
      const job = await api.submit(body, { idempotencyKey: keyOf(body) });
      toast(`Submitted: ${job.name ?? job.id}`);
      navigate(`/jobs/${job.id}`);
    } catch (error) {
      setFailure(error);
      setAttempts((before) => before + 1);
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  const onFocusOut = ({ target, relatedTarget }: FocusEvent) => {
    const field = (target as Element).closest<HTMLElement>('[data-path]');
    const path = field?.dataset.path;
    if (path === undefined || (relatedTarget instanceof Node && field?.contains(relatedTarget))) return;
    setTouched((before) => new Set([...before, path]));
  };
  return (
    <form
      ref={element}
      class="submit"
      noValidate
      aria-label="Job"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={onKeyDown}
      onFocusOut={onFocusOut}
    >
      <div class="submit-fields stack">
        {attempts > 0 && faults.general.length > 0 && (
          <div class="submit-general" role="alert" tabIndex={-1}>
            {faults.general.map((fault) => (
              <p key={fault}>{fault}</p>
            ))}
          </div>
        )}
        {sectionsOf(kind, fields).map((section) => (
          <FormSection key={section.title} form={form} section={section} />
        ))}
        <AsJson body={body} />
      </div>
      <OutcomeCard
        outcome={outcome}
        faults={shown.filter(({ path }) => faults.byPath.has(path)).map(fieldLabel)}
        failure={isOfTheBody(failure) ? null : failure}
        busy={busy}
      />
    </form>
  );
}

function goToFirstFault(form: HTMLFormElement | null): void {
  const found = form?.querySelector<HTMLElement>('.submit-general, [aria-invalid="true"]');
  const target = found?.matches('[role="radiogroup"]') ? found.querySelector<HTMLElement>('input') : found;
  const section = target?.closest('details');
  if (section) section.open = true;
  target?.focus({ preventScroll: true });
  // with what is said below it
  target?.scrollIntoView({ block: 'center' });
}
