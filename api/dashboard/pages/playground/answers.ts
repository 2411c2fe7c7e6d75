/** Answers by checkpoint and picture, those asked for last. */
import type { KeptCheckpoint } from '../../data/kept-checkpoints.ts';

/** Each is about 2 kB with its key. */
const KEPT = 2000;

export function digitKey(pixels: Uint8Array): string {
  return String.fromCharCode(...pixels);
}

/** By the parameters and not by the epoch, which another attempt may train anew; by the job too: its spec has the head. */
export function answerKey(
  jobId: string,
  { parametersSha256 }: Pick<KeptCheckpoint, 'parametersSha256'>,
  pixels: Uint8Array,
): string {
  return `${jobId} ${parametersSha256} ${digitKey(pixels)}`;
}

export function createAnswers(kept = KEPT) {
  const byKey = new Map<string, readonly number[]>();
  return {
    get: (key: string) => byKey.get(key),
    set(key: string, probabilities: readonly number[]): void {
      byKey.delete(key);
      byKey.set(key, probabilities);
      const [oldest] = byKey.keys();
      if (byKey.size > kept && oldest !== undefined) byKey.delete(oldest);
    },
  };
}
