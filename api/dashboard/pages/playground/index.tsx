/** Draw a digit and see what a checkpoint takes it for, and how that changed over the epochs. */

import { useEffect, useId, useMemo, useState } from 'preact/hooks';
import type { TrainJobView } from '../../../../shared/views.ts';
import type { CheckpointList } from '../../../client-types.ts';
import { usePageTitle } from '../../components/app-shell.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Checkbox } from '../../components/field.tsx';
import { EmptyState, ErrorState, failureOf, Skeleton } from '../../components/states.tsx';
import { isNoSuchJob } from '../../data/api.ts';
import { useJob } from '../../data/job.ts';
import { wholeEpochs } from '../../data/kept-checkpoints.ts';
import { useLoaded } from '../../data/loaded.ts';
import { may } from '../../data/session.ts';
import { query, setQuery } from '../../router.ts';
import { ceilingOf } from './answer.ts';
import { defaultOf, jobLabel, useCandidates } from './candidates.ts';
import { pixelsOf } from './drawing.ts';
import { EpochSlider, EpochStrip, epochWords } from './epoch-strip.tsx';
import { columnsOf, keepingNote, parseWanted, placeOf } from './epochs.ts';
import { PadCard } from './pad-card.tsx';
import { usePicture } from './picture.ts';
import { useAnswer, useStrip } from './predictions.ts';
import { Probabilities } from './probabilities.tsx';
import './playground.css';

export default function PlaygroundPage() {
  usePageTitle('Playground');
  const candidates = useCandidates();
  const id = query.value.get('job');
  const first = candidates.jobs && defaultOf(candidates.jobs)?.id;
  useEffect(() => {
    if (id === null && first) setQuery({ job: first });
  }, [id, first]);

  if (id === null && candidates.error !== null) {
    return (
      <>
        <div class="page-head">
          <h1>Playground</h1>
        </div>
        <ErrorState error={candidates.error} onRetry={candidates.reload} />
      </>
    );
  }
  if (id === null && candidates.jobs?.length === 0) {
    return (
      <EmptyState title="Nothing to play with yet" heading="h1">
        <p>
          The playground asks a checkpoint what you have drawn. Train a job first: its first checkpoint comes at the end
          of its first epoch.
        </p>
        <div class="row">
          <LinkButton href="/submit" look="primary" icon="plus">
            Submit a job
          </LinkButton>
        </div>
      </EmptyState>
    );
  }
  return (
    <>
      <div class="page-head">
        <h1>Playground</h1>
        <JobPicker id={id} jobs={candidates.jobs} />
      </div>
      {id === null ? <Waiting /> : <ChosenJob key={id} id={id} />}
    </>
  );
}

function JobPicker({ id, jobs }: { id: string | null; jobs: readonly TrainJobView[] | null }) {
  const control = useId();
  return (
    <div class="job-picker">
      <label for={control}>Job</label>
      <select
        id={control}
        class="input"
        value={id ?? ''}
        onChange={(event) => setQuery({ job: event.currentTarget.value, epoch: null })}
      >
        {id !== null && !jobs?.some((job) => job.id === id) && <option value={id}>{id}</option>}
        {jobs?.map((job) => (
          <option key={job.id} value={job.id}>
            {jobLabel(job)}
          </option>
        ))}
      </select>
      {id !== null && <a href={`/jobs/${id}`}>See the job</a>}
    </div>
  );
}

function Waiting() {
  return (
    <div class="playground">
      <Skeleton height="23rem" />
      <Skeleton height="23rem" />
      <Skeleton height="18rem" />
    </div>
  );
}

function ChosenJob({ id }: { id: string }) {
  const live = useJob(id);
  const job = live.job.value;
  const list = useLoaded(live.loadCheckpoints, `${id} ${live.checkpoints.value}`);
  const error = live.error.value ?? list.error;
  if (live.isMissing.value || isNoSuchJob(list.error)) {
    return (
      <EmptyState title="No such job" icon="search">
        <p>
          There is no job <code>{id}</code>, or it was deleted. Choose another one above.
        </p>
      </EmptyState>
    );
  }
  if (job === null || list.data === null) {
    return error === null ? <Waiting /> : <ErrorState error={error} onRetry={list.reload} />;
  }
  if (job.kind !== 'train' || wholeEpochs(list.data).length === 0)
    return <NoCheckpoint isOver={job.finishedAt !== null} />;
  return <Playground job={job} list={list.data} onGone={list.reload} />;
}

function NoCheckpoint({ isOver }: { isOver: boolean }) {
  return (
    <EmptyState title={isOver ? 'This job has no checkpoint' : 'This job has no checkpoint yet'}>
      <p>
        {isOver
          ? 'Choose another one above.'
          : 'The first one comes at the end of an epoch, and is shown here at once.'}
      </p>
    </EmptyState>
  );
}

interface PlaygroundProps {
  job: TrainJobView;
  list: CheckpointList;
  /** A checkpoint of the list is no longer there. */
  onGone(): void;
}

function Playground({ job, list, onGone }: PlaygroundProps) {
  const isOver = job.finishedAt !== null;
  // The default stays what it was when the job ends.
  const [byDefault] = useState(isOver ? 'best' : 'last');
  const wanted = parseWanted(query.value.get('epoch')) ?? parseWanted(byDefault) ?? 'best';
  const epochs = useMemo(() => wholeEpochs(list), [list]);
  const columns = useMemo(() => columnsOf(epochs), [epochs]);
  const place = placeOf(epochs, wanted);
  const checkpoint = epochs[place];

  const { picture, ...change } = usePicture();
  const pixels = useMemo(() => pixelsOf(picture), [picture]);
  const { answer, error, retry } = useAnswer(job.id, checkpoint, pixels, onGone);
  const strip = useStrip(job.id, columns, pixels, onGone);
  const select = (epoch: number | string) => setQuery({ epoch: String(epoch) });
  const note = keepingNote(job.spec);
  return (
    <div class="playground">
      <PadCard picture={picture} pixels={pixels} {...change} />
      <Card title="Answer">
        <Probabilities answer={answer} head={job.spec.head} />
        {error !== null && (
          <div class="row playground-error" role="alert">
            {failureOf(error).detail}
            <Button icon="retry" onClick={retry}>
              Try again
            </Button>
          </div>
        )}
      </Card>
      <Card
        title="How the answer changed"
        actions={
          !isOver && (
            <Checkbox
              label="Follow new checkpoints"
              checked={wanted === 'last'}
              onChange={(isOn) => select(isOn ? 'last' : (checkpoint?.cursor.epoch ?? 'best'))}
            />
          )
        }
      >
        <p class="epoch-chosen">
          {epochWords(checkpoint)}
          {typeof wanted === 'number' && wanted !== checkpoint?.cursor.epoch && (
            <span class="muted"> (the nearest: epoch {wanted} is not kept)</span>
          )}
        </p>
        <EpochSlider epochs={epochs} columns={columns.length} place={place} onSelect={select} />
        <EpochStrip
          columns={columns}
          chosen={checkpoint}
          strip={strip}
          ceiling={ceilingOf(job.spec.head)}
          onSelect={select}
        />
        {note !== null && (
          <p class="muted keeping">
            {note} {may('submitter') && <a href={`/submit?from=${job.id}`}>Submit a variant</a>}
          </p>
        )}
      </Card>
    </div>
  );
}
