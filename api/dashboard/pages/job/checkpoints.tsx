/** The checkpoints that are kept, and what one can do with each. */

import { Card } from '../../components/card.tsx';
import { ErrorState } from '../../components/states.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { api } from '../../data/api.ts';
import type { LiveJob } from '../../data/job.ts';
import { isOfWholeEpoch, type KeptCheckpoint } from '../../data/kept-checkpoints.ts';
import { useLoaded } from '../../data/loaded.ts';
import { may } from '../../data/session.ts';
import { formatBytes, formatCount, formatLoss } from '../../format.ts';
import { save } from './save.ts';

interface CheckpointsProps {
  id: string;
  live: LiveJob;
  isEnded: boolean;
}

export function Checkpoints({ id, live, isEnded }: CheckpointsProps) {
  const { data, error, reload } = useLoaded(live.loadCheckpoints, `${id} ${live.checkpoints.value}`);
  const rows = data?.checkpoints ?? [];
  return (
    <Card title="Checkpoints" flush>
      <div class="job-rows">
        {data === null && error !== null ? (
          <ErrorState error={error} onRetry={reload} />
        ) : (
          <Table caption="Table of checkpoints" columns={columnsFor(id)} rows={rows} keyOf={({ name }) => name} />
        )}
        {data !== null && rows.length === 0 && (
          <p class="job-none faint">{isEnded ? 'There is none' : 'None yet: the first comes after an epoch'}</p>
        )}
      </div>
    </Card>
  );
}

function columnsFor(id: string): Column<KeptCheckpoint>[] {
  return [
    { title: 'After', cell: (kept) => <span title={kept.name}>{whereOf(kept)}</span> },
    { title: 'Kept as', cell: marksOf },
    { title: 'Use', cell: (kept) => <Uses id={id} kept={kept} /> },
    { title: 'Download', cell: (kept) => <Downloads id={id} kept={kept} /> },
    { title: 'Val. loss', cell: ({ validationLoss }) => formatLoss(validationLoss), numeric: true },
    { title: 'Size', cell: ({ bytes }) => formatBytes(bytes), numeric: true },
  ];
}

function whereOf({ cursor: { epoch, step } }: KeptCheckpoint): string {
  return step === 0 ? `Epoch ${formatCount(epoch)}` : `Step ${formatCount(step)} of epoch ${formatCount(epoch + 1)}`;
}

function marksOf({ isBest, isLast }: KeptCheckpoint): string {
  return [isBest && 'best', isLast && 'last'].filter(Boolean).join(', ');
}

/** Only those at the end of an epoch can be named by others. */
function Uses({ id, kept }: { id: string; kept: KeptCheckpoint }) {
  const { cursor } = kept;
  if (!isOfWholeEpoch(kept)) return <span class="faint">to go on from</span>;
  const ofEpoch = <span class="visually-hidden"> epoch {cursor.epoch}</span>;
  return (
    <span class="job-links">
      <a href={`/playground?job=${id}&epoch=${cursor.epoch}`}>Try{ofEpoch}</a>
      {may('submitter') && <a href={`/submit?checkpoint=${id}&epoch=${cursor.epoch}`}>Evaluate{ofEpoch}</a>}
    </span>
  );
}

function Downloads({ id, kept: { name, links } }: { id: string; kept: KeptCheckpoint }) {
  return (
    <span class="job-links">
      <button
        type="button"
        class="job-file"
        onClick={() => save(`${id}-${name}.safetensors`, api.checkpointFile(id, name))}
      >
        File<span class="visually-hidden"> of {name}</span>
      </button>
      <a class="job-file" href={links.self} download={`${id}-${name}.json`}>
        Manifest<span class="visually-hidden"> of {name}</span>
      </a>
    </span>
  );
}
