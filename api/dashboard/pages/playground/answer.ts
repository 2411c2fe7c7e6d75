/** Ten probabilities in words. */
import type { TrainSpec } from '../../../../shared/jobs.ts';
import { formatProbability } from '../../format.ts';

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

/** "It is a 7", or "A 7, or a 1" where the second comes close. */
export function wordsOf(probabilities: readonly number[]): string {
  const top = topOf(probabilities);
  const others = probabilities.map((probability, digit) => (digit === top ? 0 : probability));
  const second = topOf(others);
  const isClose = (others[second] as number) > CLOSE * (probabilities[top] as number);
  return isClose ? `${named(top, 'A')}, or ${named(second, 'a')}` : `It is ${named(top, 'a')}`;
}

/** For screen readers, with how probable it is. */
export function sentenceOf(probabilities: readonly number[]): string {
  return `${wordsOf(probabilities)}, ${formatProbability(probabilities[topOf(probabilities)] as number)}`;
}

function named(digit: number, article: 'a' | 'A'): string {
  return digit === 8 ? `${article}n 8` : `${article} ${digit}`;
}
