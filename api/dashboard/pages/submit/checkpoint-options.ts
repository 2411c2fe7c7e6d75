/** The checkpoints of a job as the choices of a form. */
import type { JobView } from '../../../../shared/views.ts';
import type { CheckpointList } from '../../data/contract.ts';
import { formatAccuracy, formatLoss } from '../../format.ts';

/** A name that was typed and not picked, where one job alone has it. */
export function idOfName(jobs: readonly Pick<JobView, 'id' | 'name'>[], text: string): string {
  const [only, ...more] = jobs.filter(({ name }) => name !== null && name === text.trim());
  return only && more.length === 0 ? only.id : text;
}

/** In the list of what one may type: the browser looks for the words in it. */
export function jobLabel({ name, id, ...job }: JobView): string {
  const result = job.kind === 'train' && job.result ? `, ${formatAccuracy(job.result.test.accuracy)}` : '';
  return `${name ?? id}${result}`;
}

/**
 * Value and text of each: `best`, `last`, and the whole epochs that are kept.
 * @param list null while the job is not known
 * @param chosen stands among them even where the job has no such checkpoint: the API says so
 */
export function checkpointOptions(
  words: readonly string[],
  list: CheckpointList | null,
  chosen: string,
): [string, string][] {
  const checkpoints = list?.checkpoints ?? [];
  const named = words.map((word): [string, string] => {
    const found = checkpoints.find(({ isBest, isLast }) => (word === 'best' && isBest) || (word === 'last' && isLast));
    const label = word.charAt(0).toUpperCase() + word.slice(1);
    return [word, found?.cursor.step === 0 ? `${label}: epoch ${found.cursor.epoch}` : label];
  });
  const whole = checkpoints.filter(({ cursor }) => cursor.step === 0 && cursor.epoch > 0);
  const epochs = whole.map(({ cursor, validationLoss }): [string, string] => [
    String(cursor.epoch),
    `Epoch ${cursor.epoch}, validation loss ${formatLoss(validationLoss)}`,
  ]);
  const options = [...named, ...epochs];
  return options.some(([value]) => value === chosen) ? options : [...options, [chosen, `Epoch ${chosen}`]];
}
