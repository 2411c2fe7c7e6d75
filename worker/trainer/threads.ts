/** How many threads a trainer computes on, where nobody says so. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** With batches of 16, the default, a training step has work for two; an evaluation for more. Each takes some 9 MB. */
const MOST = 4;

/** The cores, shared out among the slots. */
export function defaultThreads(slots: number, cores: number): number {
  return Math.max(1, Math.min(MOST, Math.floor(cores / slots)));
}

/** The cores that this process may use; of a container, as its limit of CPU time allows. Not always a whole number. */
export function coresHere(read = readText): number {
  return Math.min(availableParallelism(), limitOf(read));
}

/** Control groups, version 2 and then 1: microseconds of CPU time for each period of so many. */
function limitOf(read: (path: string) => string): number {
  const [quota, period] = read('/sys/fs/cgroup/cpu.max').split(' ').map(Number);
  if (quota && period) return quota / period;
  const older = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'));
  const olderPeriod = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  return older > 0 && olderPeriod > 0 ? older / olderPeriod : Number.POSITIVE_INFINITY;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
