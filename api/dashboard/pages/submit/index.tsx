/** A form that submits a job: of its own, of a checkpoint (`?checkpoint=`), or like another job (`?from=`). */

import schema from 'virtual:job-schema';
import { useState } from 'preact/hooks';
import type { JobKind } from '../../../../shared/jobs.ts';
import type { JobView } from '../../../../shared/views.ts';
import { usePageTitle } from '../../components/app-shell.tsx';
import { KIND_LABELS } from '../../components/badges.tsx';
import { LinkButton } from '../../components/button.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { api, isNoSuchJob } from '../../data/api.ts';
import { useLoaded } from '../../data/loaded.ts';
import { may } from '../../data/session.ts';
import { query, setQuery } from '../../router.ts';
import { Choice } from './choice.tsx';
import { fieldsOfKinds } from './fields.ts';
import { SubmitForm } from './submit-form.tsx';
import { carriedOver, type Draft } from './values.ts';
import { differences, originDraft } from './variant.ts';
import './submit.css';

const KINDS = fieldsOfKinds(schema);
const KIND_OPTIONS = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, KIND_LABELS[kind as JobKind] ?? kind]));
const NO_MARKS: ReadonlyMap<string, string> = new Map();

export default function SubmitPage() {
  const from = query.value.get('from') || null;
  const checkpoint = query.value.get('checkpoint') || null;
  const epoch = query.value.get('epoch');
  usePageTitle(from === null ? 'Submit a job' : 'Submit a variant');
  if (!may('submitter')) {
    return (
      <EmptyState title="Your key may look, but not submit" heading="h1">
        <p>
          It is the key of a viewer; whoever runs this yard can make you another. <a href="/">All jobs</a>
        </p>
      </EmptyState>
    );
  }
  if (from !== null) return <Variant key={from} id={from} />;
  return <NewJob key={`${checkpoint} ${epoch}`} checkpoint={checkpoint} epoch={epoch} />;
}

function NewJob({ checkpoint, epoch }: { checkpoint: string | null; epoch: string | null }) {
  const asked = query.value.get('kind') ?? (checkpoint === null ? 'train' : 'eval');
  const kind = Object.hasOwn(KINDS, asked) ? asked : 'train';
  const [drafts, setDrafts] = useState<Record<string, Draft>>(() => ({
    eval: {
      ...(checkpoint !== null && { 'spec.checkpoint.jobId': checkpoint }),
      ...(epoch !== null && { 'spec.checkpoint.epoch': epoch }),
    },
  }));
  const draft = drafts[kind] ?? {};
  const onKind = (next: string) => {
    setDrafts({ ...drafts, [next]: carriedOver(draft, drafts[next] ?? {}) });
    setQuery({ kind: next });
  };
  return (
    <>
      <div class="page-head">
        <h1>Submit a job</h1>
        <Choice label="Kind" isLabelHidden options={KIND_OPTIONS} value={kind} onSelect={onKind} />
      </div>
      <SubmitForm
        key={kind}
        kind={kind}
        fields={KINDS[kind] ?? []}
        draft={draft}
        onDraft={(next) => setDrafts({ ...drafts, [kind]: next })}
        marks={NO_MARKS}
      />
    </>
  );
}

function Variant({ id }: { id: string }) {
  const { data: origin, error, reload } = useLoaded((signal) => api.get(id, signal), id);
  if (isNoSuchJob(error)) {
    return (
      <EmptyState title="No such job" icon="search" heading="h1">
        <p>
          There is no job <code>{id}</code> to make a variant of.
        </p>
        <div class="row">
          <LinkButton href="/submit">Submit another job</LinkButton>
        </div>
      </EmptyState>
    );
  }
  return (
    <>
      <div class="page-head">
        <h1>Submit a variant</h1>
      </div>
      {origin !== null && <VariantForm origin={origin} />}
      {origin === null && error !== null && <ErrorState error={error} onRetry={reload} />}
      {origin === null && error === null && <Skeleton height="40rem" />}
    </>
  );
}

function VariantForm({ origin }: { origin: JobView }) {
  const fields = KINDS[origin.kind] ?? [];
  const [start] = useState(() => originDraft(fields, origin));
  const [draft, setDraft] = useState(start);
  const marks = differences(fields, draft, start);
  const count = marks.size === 1 ? 'One field differs' : `${marks.size === 0 ? 'No' : marks.size} fields differ`;
  return (
    <>
      <p class="muted submit-origin">
        {count} from <a href={`/jobs/${origin.id}`}>{origin.name ?? origin.id}</a>.
      </p>
      <SubmitForm kind={origin.kind} fields={fields} draft={draft} onDraft={setDraft} marks={marks} />
    </>
  );
}
