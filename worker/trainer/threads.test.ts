import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { coresHere, defaultThreads } from './threads.ts';

it.each([
  { cores: 1, slots: 1, threads: 1 },
  { cores: 2, slots: 1, threads: 2 },
  { cores: 8, slots: 3, threads: 2 },
  { cores: 2, slots: 4, threads: 1 },
  { cores: 1.5, slots: 1, threads: 1 },
  { cores: 64, slots: 1, threads: 4 },
])('$cores cores and $slots slots make $threads threads for each', ({ cores, slots, threads }) => {
  expect(defaultThreads(slots, cores)).toBe(threads);
});

const V1 = '/sys/fs/cgroup/cpu/cpu.cfs';
it.each([
  { files: {}, cores: availableParallelism() },
  { files: { '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, cores: availableParallelism() },
  { files: { '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, cores: 0.5 },
  { files: { [`${V1}_quota_us`]: '-1\n', [`${V1}_period_us`]: '100000\n' }, cores: availableParallelism() },
  { files: { [`${V1}_quota_us`]: '25000\n', [`${V1}_period_us`]: '100000\n' }, cores: 0.25 },
  {
    files: {
      '/proc/self/cgroup': '0::/yard.slice/worker.service\n',
      '/sys/fs/cgroup/yard.slice/cpu.max': '60000 100000\n',
      '/sys/fs/cgroup/yard.slice/worker.service/cpu.max': '30000 100000\n',
    },
    cores: 0.3,
  },
  {
    files: {
      '/proc/self/cgroup': '0::/yard.slice/worker.service\n',
      '/sys/fs/cgroup/yard.slice/cpu.max': '20000 100000\n',
      '/sys/fs/cgroup/yard.slice/worker.service/cpu.max': 'max 100000\n',
    },
    cores: 0.2,
  },
  {
    files: {
      '/proc/self/cgroup': '7:cpuset:/\n4:cpu,cpuacct:/yard/worker\n0::/other\n',
      '/sys/fs/cgroup/cpu/yard/worker/cpu.cfs_quota_us': '10000\n',
      '/sys/fs/cgroup/cpu/yard/worker/cpu.cfs_period_us': '50000\n',
    },
    cores: 0.2,
  },
])('a limit of CPU time counts: $files', ({ files, cores }) => {
  expect(coresHere((path) => (files as Record<string, string>)[path] ?? '')).toBe(cores);
});
