/**
 * Images per second of the simd engine, on one thread: `node dist/bench/simd.js`. Prints the median and the best of
 * the rounds, in wall-clock time and in the process's own CPU time, which a busy machine disturbs less.
 */
import { plainSgd } from '../shared/jobs.ts';
import { createSimdEngine } from '../worker/engines/simd/simd-engine.ts';
import { initialState } from '../worker/models/initial-state.ts';
import { noise } from './noise.ts';
import { median } from './quantiles.ts';

const IMAGES = 8192;
const ROUNDS = 9;

const indices = Uint32Array.from({ length: IMAGES }, (_, i) => i);
const engine = await createSimdEngine({ threads: 1 });
engine.loadImages('train', noise(IMAGES));

for (const batchSize of [16, 64, 128]) {
  const optimizer = plainSgd(0.001);
  engine.begin({ model: 'lenet5', head: 'tanh', optimizer, batchSize }, initialState('lenet5', 0));
  await measure(`training, batch ${batchSize}`, () => engine.trainSteps(indices));
}
await measure('evaluation', () => engine.evaluate('train', indices));
engine.close();

async function measure(what: string, work: () => Promise<unknown>): Promise<void> {
  await work();
  const perSecond: number[] = [];
  const perCpuSecond: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await work();
    perSecond.push((IMAGES / (performance.now() - start)) * 1e3);
    const { user, system } = process.cpuUsage(cpu);
    perCpuSecond.push((IMAGES / (user + system)) * 1e6);
  }
  console.log(`${what.padEnd(20)} ${summary(perSecond)} images/s; per CPU second ${summary(perCpuSecond)}`);
}

function summary(rates: number[]): string {
  return `median ${Math.round(median(rates))}, best ${Math.round(Math.max(...rates))}`;
}
