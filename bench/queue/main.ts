/**
 * Measures the queue as it runs in production: how fast the API takes jobs, what lies between two jobs of a worker, how
 * workers drain a queue, and what memory each process has. Prints the tables and writes them into docs/performance.md:
 * `npm run bench:queue`, which sets up what it needs. `--quick` measures little and writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { note } from '../../scripts/setup/say.mjs';
import { packageFile } from '../../shared/package-root.ts';
import { withReport } from '../between-markers.ts';
import { machine } from '../machine.ts';
import { versionOfPackage } from '../package-version.ts';
import { type Drained, drain, type Memory, memoryOfAll } from './draining.ts';
import { type Plan, QUICK, WHOLE } from './plan.ts';
import { reportOf } from './report.ts';
import { measureSubmitting } from './submitting.ts';
import { type BenchYard, startBenchYard } from './yard.ts';

const quick = process.argv.includes('--quick');
const plan = quick ? QUICK : WHOLE;

note('Measuring what the API takes …');
const { submitting, redisVersion } = await inYard(async (yard) => ({
  submitting: await measureSubmitting(yard, plan),
  redisVersion: /redis_version:(\S+)/.exec(await yard.redis.info('server'))?.[1],
}));
const { drains, memory } = await inYard((yard) => measureDraining(yard, plan));
const measuredOn = `${machine}; Redis ${redisVersion}, BullMQ ${versionOfPackage('bullmq')}, Node ${process.versions.node}`;
const report = reportOf({ measuredOn, rounds: plan.rounds, submitting, drains, memory });
console.log(report);
if (!quick) {
  const path = packageFile('docs/performance.md');
  writeFileSync(path, withReport(readFileSync(path, 'utf8'), 'bench:queue', report));
  note('Written to docs/performance.md.');
}

async function inYard<Result>(work: (yard: BenchYard) => Promise<Result>): Promise<Result> {
  const yard = await startBenchYard();
  try {
    return await work(yard);
  } finally {
    await yard.stop();
  }
}

/** The first worker has all that a worker may have; those beside it train alone. */
async function measureDraining(
  yard: BenchYard,
  { drains: asked }: Plan,
): Promise<{ drains: Drained[]; memory: Memory }> {
  await yard.worker('worker-1');
  const drains: Drained[] = [];
  let memory: Memory | null = null;
  let running = 1;
  for (const { workers, jobs } of asked) {
    for (; running < workers; running++) await yard.worker(`worker-${running + 1}`, { WORKER_QUEUES: 'train-cpu' });
    note(`Measuring how ${workers === 1 ? 'a worker drains' : `${workers} workers drain`} ${jobs} jobs …`);
    drains.push(await drain(yard, { workers, jobs }));
    memory ??= await memoryOfAll(yard);
  }
  if (memory === null) throw new Error('nothing was drained');
  return { drains, memory };
}
