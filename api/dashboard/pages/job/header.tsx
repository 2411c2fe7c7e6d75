/** The job's name and what can be done with it. */
import { useState } from 'preact/hooks';
import type { JobView } from '../../../../shared/views.ts';
import { KindBadge, StateBadge, Tag } from '../../components/badges.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { toast } from '../../components/toast.tsx';
import { api } from '../../data/api.ts';
import { navigate } from '../../router.ts';

const ACTIONS = {
  cancel: { action: 'Cancel job', done: 'Cancellation requested', text: 'It stops at its next step.', danger: true },
  retry: { action: 'Retry job', done: 'Job waits again', text: 'It goes on from its last checkpoint.', danger: false },
  remove: { action: 'Delete job', done: 'Job deleted', text: 'Its checkpoints are deleted too.', danger: true },
} as const;
type Action = keyof typeof ACTIONS;

export function JobHeader({ job, reload }: { job: JobView; reload(): void }) {
  const [asked, setAsked] = useState<Action | null>(null);
  const { id, kind, state } = job;
  const isFailed = state === 'failed' || state === 'cancelled';
  const isOver = isFailed || state === 'completed';
  const { action, done, text, danger } = ACTIONS[asked ?? 'cancel'];
  const confirm = async () => {
    if (asked === null) return;
    await api[asked](id);
    toast(done);
    if (asked === 'remove') navigate('/');
    else reload();
  };
  return (
    <div class="page-head">
      <h1>{job.name ?? id}</h1>
      <StateBadge state={state} />
      <KindBadge kind={kind} />
      {job.tags.map((tag) => (
        <Tag key={tag} name={tag} href={`/?tag=${encodeURIComponent(tag)}`} />
      ))}
      <div class="end job-actions">
        {job.links.board && (
          <LinkButton href={job.links.board} icon="external">
            bull-board
          </LinkButton>
        )}
        {kind === 'train' && <LinkButton href={`/submit?from=${id}`}>Submit a variant</LinkButton>}
        {!isOver && (
          <Button icon="stop" disabled={job.cancelRequested} onClick={() => setAsked('cancel')}>
            Cancel
          </Button>
        )}
        {isFailed && (
          <Button icon="retry" onClick={() => setAsked('retry')}>
            Retry
          </Button>
        )}
        {isOver && (
          <Button icon="trash" look="danger" onClick={() => setAsked('remove')}>
            Delete
          </Button>
        )}
      </div>
      <ConfirmDialog
        title={`${action}?`}
        action={action}
        danger={danger}
        open={asked !== null}
        onClose={() => setAsked(null)}
        onConfirm={confirm}
      >
        {text}
      </ConfirmDialog>
    </div>
  );
}
