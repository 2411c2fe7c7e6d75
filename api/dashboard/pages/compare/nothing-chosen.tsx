/** The Compare page before a job is chosen: what it does, the latest jobs at one click, and the picker. */
import { useState } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Skeleton } from '../../components/states.tsx';
import { api } from '../../data/api.ts';
import { compareLabel, MOST_COMPARED } from '../../data/compared-ids.ts';
import { useLoaded } from '../../data/loaded.ts';
import { Picker } from './picker.tsx';

const LATEST = 5;

export function NothingChosen({ onChange }: { onChange(ids: readonly string[]): void }) {
  const [ids, setIds] = useState<readonly string[]>([]);
  return (
    <>
      <p class="compare-lead muted">
        Choose up to {MOST_COMPARED} train jobs to see their curves over each other, which did best, and in which fields
        their specs differ. The address holds the choice: it can be shared. Jobs can also be ticked in the{' '}
        <a href="/">list of jobs</a>.
      </p>
      <Latest onChange={onChange} />
      <Card title="Choose jobs">
        <Picker ids={ids} onChange={setIds} />
        <div class="compare-go">
          <Button look="primary" disabled={ids.length === 0} onClick={() => onChange(ids)}>
            {compareLabel(ids.length)}
          </Button>
        </div>
      </Card>
    </>
  );
}

function Latest({ onChange }: { onChange(ids: readonly string[]): void }) {
  const { data } = useLoaded(
    (signal) => api.list({ kind: 'train', state: 'completed', limit: LATEST }, signal),
    'latest',
  );
  const jobs = data?.jobs ?? [];
  return (
    <div class="compare-latest">
      {data === null && <Skeleton width="18rem" height="2rem" />}
      {jobs.length > 1 && (
        <>
          <Button onClick={() => onChange(jobs.map(({ id }) => id).reverse())}>
            Compare the latest {jobs.length} completed jobs
          </Button>
          <span class="muted">{jobs.map(({ id, name }) => name ?? id).join(', ')}</span>
        </>
      )}
      {data !== null && jobs.length < 2 && <span class="muted">Fewer than two train jobs are completed so far.</span>}
    </div>
  );
}
