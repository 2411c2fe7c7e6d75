/** Measures how long a first step takes: cold in a process of its own each time, and warm, where the graph is there already. */
import type { LeftOut } from '../left-out.ts';
import type { Measurer } from '../measurer.ts';
import { median } from '../quantiles.ts';
import type { ProcessPlan } from './plan.ts';

export interface FirstStep {
  label: string;
  /** Seconds; null if it could not be measured. */
  times: { cold: number; warm: number } | null;
}

/** @param start a process, once for each round */
export async function measureFirstSteps(
  asked: readonly { label: string; process: ProcessPlan }[],
  rounds: number,
  start: (process: ProcessPlan) => Pick<Measurer, 'begin' | 'stop'>,
  leftOut: LeftOut,
): Promise<FirstStep[]> {
  const all = asked.map((one) => ({ ...one, cold: [] as number[], warm: [] as number[], hasFailed: false }));
  for (let round = 0; round < rounds; round++) {
    for (const one of all.filter(({ hasFailed }) => !hasFailed)) {
      const measurer = start(one.process);
      try {
        one.cold.push(await measurer.begin());
        one.warm.push(await measurer.begin());
      } catch (fault) {
        one.hasFailed = true;
        leftOut.add(`first step, ${one.label}`, (fault as Error).message);
      } finally {
        await measurer.stop();
      }
    }
  }
  return all.map(({ label, cold, warm, hasFailed }) => ({
    label,
    times: hasFailed ? null : { cold: median(cold), warm: median(warm) },
  }));
}
