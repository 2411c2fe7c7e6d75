/** What stands above the curves: which jobs are compared, what of the address cannot be, and the way to add more. */
import { useState } from 'preact/hooks';
import { Button, IconButton } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Skeleton } from '../../components/states.tsx';
import { MOST_COMPARED } from '../../data/compared-ids.ts';
import type { NotComparable } from '../../data/compared-jobs.ts';
import { Picker } from './picker.tsx';
import type { ShownJob } from './shown-job.ts';

interface ChosenProps {
  ids: readonly string[];
  jobs: ReadonlyMap<string, ShownJob>;
  refused: ReadonlyMap<string, NotComparable>;
  onChange(ids: readonly string[]): void;
}

export function Chosen({ ids, jobs, refused, onChange }: ChosenProps) {
  const [isOpen, setIsOpen] = useState(false);
  const without = (id: string) => onChange(ids.filter((other) => other !== id));
  const isFull = ids.length >= MOST_COMPARED;
  return (
    <div class="chosen">
      <ul class="plain" aria-label="Jobs compared">
        {ids
          .filter((id) => !refused.has(id))
          .map((id) => {
            const shown = jobs.get(id);
            const name = shown?.job.name ?? id;
            return (
              <li key={id} class="chosen-job">
                {shown ? (
                  <>
                    <b style={{ color: `var(${shown.look.color})` }}>{shown.look.mark}</b>
                    <span>{name}</span>
                  </>
                ) : (
                  <Skeleton width="8rem" />
                )}
                <IconButton icon="close" label={`Remove ${name}`} onClick={() => without(id)} />
              </li>
            );
          })}
      </ul>
      <Button icon="plus" disabled={isFull} onClick={() => setIsOpen(true)}>
        {isFull ? `At most ${MOST_COMPARED}` : 'Add jobs'}
      </Button>
      <Dialog title="Add jobs" open={isOpen} onClose={() => setIsOpen(false)}>
        <Picker ids={ids} onChange={onChange} />
        <div class="dialog-actions">
          <Button look="primary" onClick={() => setIsOpen(false)}>
            Done
          </Button>
        </div>
      </Dialog>
    </div>
  );
}

const REASONS: Record<NotComparable, string> = {
  missing: 'there is no such job, or it was deleted',
  eval: 'an eval job has no curves',
};

interface RefusedProps {
  refused: ReadonlyMap<string, NotComparable>;
  /** Beyond those that can be compared at once. */
  tooMany: readonly string[];
  onRemove(): void;
}

export function Refused({ refused, tooMany, onRemove }: RefusedProps) {
  if (refused.size === 0 && tooMany.length === 0) return null;
  return (
    <div class="refused" role="status">
      <div>
        {[...refused].map(([id, reason]) => (
          <p key={id}>
            <code>{id}</code> is left out: {REASONS[reason]}.
          </p>
        ))}
        {tooMany.length > 0 && (
          <p>
            Only the first {MOST_COMPARED} jobs are compared; {tooMany.length} more{' '}
            {tooMany.length === 1 ? 'is' : 'are'} left out.
          </p>
        )}
      </div>
      <Button onClick={onRemove}>Remove from the address</Button>
    </div>
  );
}
