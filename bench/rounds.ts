/** Measures many cases in rounds, one after the other in each, so that a machine that gets busy hurts all alike. */
import type { Case, Measurer } from './measurer.ts';
import { median } from './quantiles.ts';

export interface Entry {
  measurer: Measurer;
  case: Case;
}

/** Medians over the rounds. */
export interface Figures {
  /** Images. */
  perSecond: number;
  perCpuSecond: number;
}

export interface Effort {
  rounds: number;
  /** That one case runs in one round. */
  seconds: number;
}

/** TensorFlow and XLA prepare themselves over the first few. */
const WARM_UPS = 4;

/**
 * @param onFault told the place of an entry that cannot be measured, whose figures are null
 * @returns the figures in the order of the entries
 */
export async function measureInRounds(
  entries: readonly Entry[],
  { rounds, seconds }: Effort,
  onFault: (place: number, fault: Error) => void,
): Promise<(Figures | null)[]> {
  const steps = new Map<Entry, number>();
  const rates = new Map<Entry, Figures[]>(entries.map((entry) => [entry, []]));

  async function attempt(place: number, entry: Entry, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (fault) {
      steps.delete(entry);
      onFault(place, fault as Error);
    }
  }

  for (const [id, entry] of entries.entries()) {
    await attempt(id, entry, async () => {
      const { stepsAtOnce } = await entry.measurer.prepare(id, entry.case);
      steps.set(entry, await stepsFor(seconds, id, entry.measurer, stepsAtOnce));
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (const [id, entry] of entries.entries()) {
      const count = steps.get(entry);
      if (count === undefined) continue;
      await attempt(id, entry, async () => {
        const run = await entry.measurer.run(id, count);
        const images = count * entry.case.batchSize;
        rates.get(entry)?.push({ perSecond: images / run.seconds, perCpuSecond: images / run.cpuSeconds });
      });
    }
  }
  return entries.map((entry) => (steps.has(entry) ? mediansOf(rates.get(entry) as Figures[]) : null));
}

/** How many steps last so long; a multiple of what one call makes. */
async function stepsFor(wanted: number, id: number, measurer: Measurer, stepsAtOnce: number): Promise<number> {
  for (let i = 0; i < WARM_UPS; i++) await measurer.run(id, stepsAtOnce);
  let calls = 1;
  let seconds = 0;
  do {
    ({ seconds } = await measurer.run(id, calls * stepsAtOnce));
    if (seconds < wanted / 2) calls *= 2;
  } while (seconds < wanted / 2);
  return Math.max(1, Math.round((calls * wanted) / seconds)) * stepsAtOnce;
}

function mediansOf(rates: readonly Figures[]): Figures {
  return {
    perSecond: median(rates.map(({ perSecond }) => perSecond)),
    perCpuSecond: median(rates.map(({ perCpuSecond }) => perCpuSecond)),
  };
}
