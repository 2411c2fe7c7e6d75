/** Which checkpoints of a job the slider goes over: one for each epoch that is kept. */
import type { TrainSpec } from '../../../../shared/jobs.ts';
import type { KeptCheckpoint } from '../../data/kept-checkpoints.ts';

export type WantedEpoch = number | 'best' | 'last';

/** More columns than this can neither be told apart on a phone nor stay loaded in the API all at once. */
const MOST_COLUMNS = 24;

/** @returns null where it is neither */
export function parseWanted(text: string | null): WantedEpoch | null {
  if (text === 'best' || text === 'last') return text;
  return text !== null && /^[1-9]\d{0,3}$/.test(text) ? Number(text) : null;
}

/** The wanted one's place, or that of the nearest kept: a running job may have deleted it. −1 if there is none at all. */
export function placeOf(epochs: readonly KeptCheckpoint[], wanted: WantedEpoch): number {
  if (wanted === 'last') return epochs.length - 1;
  if (wanted === 'best') {
    const best = epochs.findIndex(({ isBest }) => isBest);
    return best === -1 ? epochs.length - 1 : best;
  }
  const distance = (place: number) => Math.abs((epochs[place] as KeptCheckpoint).cursor.epoch - wanted);
  return epochs.reduce(
    (nearest, _, place) => (nearest === -1 || distance(place) < distance(nearest) ? place : nearest),
    -1,
  );
}

/** First and last, and as many evenly between them as there is room for. */
export function columnsOf(epochs: readonly KeptCheckpoint[]): KeptCheckpoint[] {
  if (epochs.length <= MOST_COLUMNS) return [...epochs];
  return Array.from({ length: MOST_COLUMNS }, (_, column) => {
    const place = Math.round((column * (epochs.length - 1)) / (MOST_COLUMNS - 1));
    return epochs[place] as KeptCheckpoint;
  });
}

/** Why there are gaps, and what would leave none; null if the job keeps every epoch's. */
export function keepingNote({ epochs, checkpoint: { everyEpochs, keepLast } }: TrainSpec): string | null {
  const saved = Math.ceil(epochs / everyEpochs);
  const latest = keepLast === 1 ? 'the latest checkpoint' : `the ${keepLast} latest checkpoints`;
  if (keepLast < saved)
    return `This job keeps ${latest} and the best one. To see every epoch, submit one with keepLast ${saved}.`;
  return everyEpochs > 1 && epochs > 1 ? `This job saves a checkpoint every ${everyEpochs} epochs.` : null;
}
