/** Every epoch in figures, in a table that scrolls in a room of its own. */
import type { EpochRow } from '../../../../shared/views.ts';
import { Card } from '../../components/card.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatAccuracy, formatDuration, formatLoss, formatSpeed } from '../../format.ts';

const COLUMNS: Column<EpochRow>[] = [
  { title: 'Epoch', cell: (row) => row.epoch, numeric: true },
  { title: 'Train loss', cell: (row) => formatLoss(row.trainLoss), numeric: true },
  { title: 'Train acc.', cell: (row) => formatAccuracy(row.trainAccuracy), numeric: true },
  { title: 'Val. loss', cell: (row) => formatLoss(row.validationLoss), numeric: true },
  { title: 'Val. acc.', cell: (row) => formatAccuracy(row.validationAccuracy), numeric: true },
  { title: 'Images/s', cell: (row) => formatSpeed(row.imagesPerSecond), numeric: true },
  { title: 'Time', cell: (row) => formatDuration(row.seconds), numeric: true },
];

const keyOf = (row: EpochRow) => row.epoch;

/** The newest first, so that it is in sight without scrolling. */
export function Epochs({ epochs, isEnded }: { epochs: readonly EpochRow[]; isEnded: boolean }) {
  return (
    <Card title="Epochs" flush>
      <div class="job-rows">
        <Table caption="Table of epochs" columns={COLUMNS} rows={epochs.toReversed()} keyOf={keyOf} />
        {epochs.length === 0 && <p class="job-none faint">{isEnded ? 'No epoch was done' : 'No epoch is done yet'}</p>}
      </div>
    </Card>
  );
}
