/** Loss and accuracy by epoch, as curves and as a table. */
import { useMemo } from 'preact/hooks';
import type { EpochRow } from '../../../../shared/views.ts';
import { Card } from '../../components/card.tsx';
import { LineChart } from '../../components/line-chart.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatAccuracy, formatDuration, formatLoss, formatSpeed } from '../../format.ts';

const pair = (training: number[], validation: number[]) => [
  { label: 'Training', color: '--training', values: training },
  { label: 'Validation', color: '--validation', values: validation, dash: [6, 4] },
];

export function Curves({ epochs, total }: { epochs: readonly EpochRow[]; total: number }) {
  const { x, loss, accuracy } = useMemo(
    () => ({
      x: epochs.map((row) => row.epoch),
      loss: pair(
        epochs.map((row) => row.trainLoss),
        epochs.map((row) => row.validationLoss),
      ),
      accuracy: pair(
        epochs.map((row) => row.trainAccuracy),
        epochs.map((row) => row.validationAccuracy),
      ),
    }),
    [epochs],
  );
  const common = { x, xLabel: 'Epoch', syncKey: 'job', xRange: [0, Math.max(1, total)] as const };
  return (
    <div class="job-curves">
      <Card title="Loss">
        <LineChart {...common} label="Loss by epoch" series={loss} formatY={formatLoss} />
      </Card>
      <Card title="Accuracy">
        <LineChart {...common} label="Accuracy by epoch" series={accuracy} formatY={formatAccuracy} />
      </Card>
    </div>
  );
}

const COLUMNS: Column<EpochRow>[] = [
  { title: 'Epoch', cell: (row) => row.epoch, numeric: true },
  { title: 'Train loss', cell: (row) => formatLoss(row.trainLoss), numeric: true },
  { title: 'Train accuracy', cell: (row) => formatAccuracy(row.trainAccuracy), numeric: true },
  { title: 'Val. loss', cell: (row) => formatLoss(row.validationLoss), numeric: true },
  { title: 'Val. accuracy', cell: (row) => formatAccuracy(row.validationAccuracy), numeric: true },
  { title: 'Images/s', cell: (row) => formatSpeed(row.imagesPerSecond), numeric: true },
  { title: 'Time', cell: (row) => formatDuration(row.seconds), numeric: true },
];

export function Epochs({ epochs }: { epochs: readonly EpochRow[] }) {
  return (
    <Card title="Epochs" flush>
      <div class="job-epochs">
        <Table caption="Epochs" columns={COLUMNS} rows={epochs} keyOf={(row) => row.epoch} />
      </div>
    </Card>
  );
}
