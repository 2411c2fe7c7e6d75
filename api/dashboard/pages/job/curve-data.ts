/** The curves of a train job: training and validation, its best epoch, and the running epoch so far. */
import type { EpochRow, TrainJobView } from '../../../../shared/views.ts';
import type { ChartSeries } from '../../components/line-chart.tsx';
import { bestEpochOf } from '../../data/best-epoch.ts';

type Job = Pick<TrainJobView, 'state' | 'latest' | 'result'>;

interface Curves {
  x: number[];
  loss: ChartSeries[];
  accuracy: ChartSeries[];
}

export function curvesOf({ state, latest, result }: Job, epochs: readonly EpochRow[]): Curves {
  const isActive = state === 'active';
  const running = isActive && latest !== null && latest.epoch > (epochs.at(-1)?.epoch ?? 0) ? latest : null;
  const best = bestEpochOf({ result }, epochs)?.epoch;
  const series = (training: keyof EpochRow, validation: keyof EpochRow, soFar: 'trainLoss' | 'trainAccuracy') => {
    const end = running === null ? [] : [null];
    const marked = epochs.map((row) => (row.epoch === best ? row[validation] : null));
    return [
      { label: 'Training', color: '--training', values: [...epochs.map((row) => row[training]), ...end] },
      {
        label: 'Validation',
        color: '--validation',
        values: [...epochs.map((row) => row[validation]), ...end],
        dash: [6, 4],
      },
      { label: 'Best epoch', color: '--validation', values: [...marked, ...end], isRing: true },
      // From start to end of the run, so that the charts are not built anew with each epoch.
      ...(isActive
        ? [
            {
              label: 'So far',
              color: '--training',
              values: [...epochs.map(() => null), ...(running === null ? [] : [running[soFar]])],
              isRing: true,
            },
          ]
        : []),
    ];
  };
  return {
    x: [...epochs.map((row) => row.epoch), ...(running === null ? [] : [running.epoch])],
    loss: series('trainLoss', 'validationLoss', 'trainLoss'),
    accuracy: series('trainAccuracy', 'validationAccuracy', 'trainAccuracy'),
  };
}
