/** The job's name, and what can be done with it. */
import { useState } from 'preact/hooks';
import type { JobView } from '../../../../shared/views.ts';
import { KindBadge, StateBadge, Tag } from '../../components/badges.tsx';
import { Button, CopyButton, LinkButton } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Skeleton } from '../../components/states.tsx';
import { toast } from '../../components/toast.tsx';
import { api } from '../../data/api.ts';
import type { LiveJob } from '../../data/job.ts';
import { may } from '../../data/session.ts';
import { navigate } from '../../router.ts';
import { Refusal } from './refusal.tsx';

const ACTIONS = {
  cancel: { action: 'Cancel job', done: 'Cancellation requested', danger: true },
  retry: { action: 'Retry job', done: 'Job waits again', danger: false },
  remove: { action: 'Delete job', done: 'Job deleted', danger: true },
} as const;
type Action = keyof typeof ACTIONS;

function consequence(action: Action, { kind, state, attempt }: JobView): string {
  if (action === 'cancel') return state === 'active' ? 'It stops at its next step.' : 'It leaves its queue.';
  if (action === 'retry')
    return kind === 'eval' || attempt === 0 ? 'It starts anew.' : 'It goes on from its last checkpoint.';
  return kind === 'eval' ? 'Its result is deleted too.' : 'Its checkpoints are deleted too.';
}

export function JobHeader({ job, live }: { job: JobView; live: LiveJob }) {
  const [asked, setAsked] = useState<Action | null>(null);
  const { id, kind, state } = job;
  const { action, done, danger } = ACTIONS[asked ?? 'cancel'];
  const confirm = async () => {
    if (asked === null) return;
    if (asked === 'remove') await live.remove();
    else await api[asked](id);
    toast(done);
    if (asked === 'remove') navigate('/');
    else live.reload();
  };
  return (
    <div class="job-head">
      <div class="job-title">
        <h1>{job.name ?? id}</h1>
        <div class="job-marks">
          <span class="job-badge">
            <StateBadge state={state} />
          </span>
          <KindBadge kind={kind} />
          <span class="job-id">
            <code>{id}</code>
            <CopyButton text={id} what="job id" />
          </span>
          {job.tags.map((tag) => (
            <Tag key={tag} name={tag} href={`/?tag=${encodeURIComponent(tag)}`} />
          ))}
        </div>
      </div>
      <div class="job-actions">
        <Links job={job} />
        {may('submitter') && <Actions job={job} ask={setAsked} />}
      </div>
      <ConfirmDialog
        title={`${action}?`}
        action={action}
        danger={danger}
        open={asked !== null}
        onClose={() => setAsked(null)}
        onConfirm={confirm}
        explain={(error) => <Refusal error={error} />}
      >
        {consequence(asked ?? 'cancel', job)}
      </ConfirmDialog>
    </div>
  );
}

function Links({ job: { id, kind, links } }: { job: JobView }) {
  return (
    <div>
      {kind === 'train' && may('submitter') && <LinkButton href={`/submit?from=${id}`}>Submit a variant</LinkButton>}
      {kind === 'train' && <LinkButton href={`/compare?ids=${id}`}>Compare</LinkButton>}
      {links.board && (
        <LinkButton href={links.board} icon="external">
          bull-board
        </LinkButton>
      )}
    </div>
  );
}

function Actions({ job: { state, cancelRequested }, ask }: { job: JobView; ask(action: Action): void }) {
  const canRetry = state === 'failed' || state === 'cancelled';
  const isEnded = canRetry || state === 'completed';
  return (
    <div>
      {!isEnded && (
        <Button icon="stop" disabled={cancelRequested} onClick={() => ask('cancel')}>
          {cancelRequested ? 'Cancelling' : 'Cancel'}
        </Button>
      )}
      {canRetry && (
        <Button icon="retry" onClick={() => ask('retry')}>
          Retry
        </Button>
      )}
      {isEnded && (
        <Button icon="trash" look="danger" onClick={() => ask('remove')}>
          Delete
        </Button>
      )}
    </div>
  );
}

export function HeaderSkeleton({ id }: { id: string }) {
  return (
    <div class="job-head">
      <div class="job-title">
        <h1>{id}</h1>
        <div class="job-marks">
          <Skeleton width="14rem" height="1.375rem" />
        </div>
      </div>
      <div class="job-actions" aria-hidden="true">
        <div>
          <Skeleton width="18rem" height="var(--control)" />
        </div>
        <div>
          <Skeleton width="6rem" height="var(--control)" />
        </div>
      </div>
    </div>
  );
}
