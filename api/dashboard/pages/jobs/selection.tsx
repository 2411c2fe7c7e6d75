/** Jobs ticked in the list, to compare them. They stay ticked while the list scrolls, is filtered or left for another page. */
import { signal } from '@preact/signals';
import type { JobView } from '../../../../shared/views.ts';
import { Button, LinkButton } from '../../components/button.tsx';
import { compareLabel, comparePath, MOST_COMPARED, toggled } from '../../data/compared-ids.ts';
import { navigate } from '../../router.ts';

const ticked = signal<readonly string[]>([]);

/** Nothing for an eval job: it has no curves. */
export function JobCheckbox({ job }: { job: JobView }) {
  if (job.kind !== 'train') return null;
  const isTicked = ticked.value.includes(job.id);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && ticked.peek().length > 0) navigate(comparePath(ticked.peek()));
  };
  return (
    <label class="job-checkbox">
      <input
        type="checkbox"
        aria-label={`Compare ${job.name ?? job.id}`}
        checked={isTicked}
        disabled={!isTicked && ticked.value.length >= MOST_COMPARED}
        onChange={() => {
          ticked.value = toggled(ticked.peek(), job.id);
        }}
        onKeyDown={onKeyDown}
      />
    </label>
  );
}

/** Over the page: the list does not move when it comes. */
export function SelectionBar() {
  const ids = ticked.value;
  const isFull = ids.length >= MOST_COMPARED;
  return (
    <section class="selection" aria-label="Ticked jobs" data-empty={ids.length === 0}>
      {ids.length > 0 && (
        <>
          <span class="selection-hint muted" role="status" data-full={isFull}>
            {isFull ? `${MOST_COMPARED} jobs are the most` : 'Enter on a tick compares'}
          </span>
          <Button
            onClick={() => {
              ticked.value = [];
            }}
          >
            Untick all
          </Button>
          <LinkButton href={comparePath(ids)} look="primary">
            {compareLabel(ids.length)}
          </LinkButton>
        </>
      )}
    </section>
  );
}
