/** Ten probabilities in words. */
import type { TrainSpec } from '../../../../shared/jobs.ts';
import { formatPercent } from '../../format.ts';

export const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** A runner-up with more than this part of the first one's probability is worth a word. */
const CLOSE = 0.5;

/** The highest that a probability can be: with tanh, logits end at ±1. */
export function ceilingOf(head: TrainSpec['head']): number {
  return head === 'tanh' ? Math.E / (Math.E + 9 / Math.E) : 1;
}

export function topOf(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}

/** "It is a 7"; "A 7, or a 1" where the second comes close; "Not sure, perhaps a 7" where more than one does. */
export function wordsOf(probabilities: readonly number[]): string {
  const [top = 0, second = 0, third = 0] = DIGITS.toSorted((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));
  const isClose = (digit: number) => (probabilities[digit] ?? 0) > CLOSE * (probabilities[top] ?? 0);
  if (isClose(third)) return `Not sure, perhaps ${named(top, 'a')}`;
  return isClose(second) ? `${named(top, 'A')}, or ${named(second, 'a')}` : `It is ${named(top, 'a')}`;
}

/** For screen readers, with how probable it is. */
export function sentenceOf(probabilities: readonly number[]): string {
  return `${wordsOf(probabilities)}, ${formatPercent(probabilities[topOf(probabilities)] as number)}`;
}

function named(digit: number, article: 'a' | 'A'): string {
  return digit === 8 ? `${article}n 8` : `${article} ${digit}`;
}
