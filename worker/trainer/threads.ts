/** How many threads a trainer computes on, where nobody says so. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** With batches of 16, the default, a training step has work for two; an evaluation for more. Each takes some 9 MB. */
const MOST = 4;

/** This machine's cores, shared out among the slots; evaluations are too short to have a share (docs/deploy.md). */
export function defaultThreads(slots: number, cores: number): number {
  return Math.max(1, Math.min(MOST, Math.floor(cores / slots)));
}

/** The cores that this process may use; of a container, as its limit of CPU time allows. Not always a whole number. */
export function coresHere(read = readText): number {
  return Math.min(availableParallelism(), limitOf(read));
}

/**
 * The least that the process's own control group allows, or one of those around it: microseconds of CPU time for each
 * period of so many. Versions 2 and 1 of control groups. Of a container, the outermost that it sees is its own.
 */
function limitOf(read: (path: string) => string): number {
  const groups = read('/proc/self/cgroup');
  const [, group = ''] = /^0::(.*)$/m.exec(groups) ?? [];
  const [, older = ''] = /^\d+:(?:[^:\n]+,)?cpu(?:,[^:\n]+)?:(.*)$/m.exec(groups) ?? [];
  return Math.min(
    ...withThoseAround(group).map((path) => {
      const [quota, period] = read(`/sys/fs/cgroup${path}/cpu.max`).split(' ');
      return coresOf(quota, period);
    }),
    ...withThoseAround(older).map((path) => {
      const file = (name: string) => read(`/sys/fs/cgroup/cpu${path}/cpu.cfs_${name}_us`);
      return coresOf(file('quota'), file('period'));
    }),
  );
}

/** @returns of `/a/b`: none, `/a` and `/a/b` */
function withThoseAround(group: string): string[] {
  const names = group.split('/').filter((name) => name !== '');
  return ['', ...names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)];
}

/** Without a limit, the quota is `max` or -1. */
function coresOf(quota = '', period = ''): number {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
