/**
 * The reference run through REST, beside the band of the PyTorch runs in shared/testing/reference/seed_curves.json
 * (min–max over their seeds, widened by 0.03).
 *
 *   npm start, then: node dist/bench/reference-run.js [http://127.0.0.1:3000] [seed …]
 */
import { readFileSync } from 'node:fs';
import { TrainyardClient } from '../api/client.ts';
import { packageFile } from '../shared/package-root.ts';
import type { EpochRow } from '../shared/views.ts';

const WIDENED = 0.03;

interface Curves {
  runs: { epochs: { epoch: number; train_loss: number; train_acc: number; val_loss: number; val_acc: number }[] }[];
}
const { runs } = JSON.parse(readFileSync(packageFile('shared/testing/reference/seed_curves.json'), 'utf8')) as Curves;
const columns = [
  ['trainLoss', 'train_loss'],
  ['trainAccuracy', 'train_acc'],
  ['validationLoss', 'val_loss'],
  ['validationAccuracy', 'val_acc'],
] as const;

const [baseUrl = 'http://127.0.0.1:3000', ...seeds] = process.argv.slice(2);

const client = new TrainyardClient({ baseUrl });

async function run(seed: number): Promise<boolean> {
  const startedAt = performance.now();
  const { id } = await client.submit({ kind: 'train', name: `reference run, seed ${seed}`, spec: { seed } });
  const job = await client.waitForEnd(id);
  const seconds = (performance.now() - startedAt) / 1000;

  const { epochs } = await client.metrics(id);
  const outside = epochs.map(printRow).reduce((sum, count) => sum + count, 0);
  const result = job.kind === 'train' ? job.result : null;
  if (!result) throw new Error(`job ${id} is ${job.state}: ${job.error?.message}`);
  console.log(
    `seed ${seed}: test accuracy ${result.test.accuracy}, loss ${result.test.loss.toFixed(4)}, best epoch ${result.best.epoch}, ` +
      `${Math.round(result.imagesPerSecond).toLocaleString('en-US')} images/s, ${seconds.toFixed(1)} s from POST to the end, ` +
      `parameters ${result.parametersSha256}; ${outside} of ${4 * epochs.length} values outside the band\n`,
  );
  return outside === 0;
}

/** @returns how many of the row's values lie outside the band */
function printRow(row: EpochRow): number {
  let outside = 0;
  const cells = columns.map(([ours, theirs]) => {
    const values = runs.flatMap((one) => one.epochs.filter(({ epoch }) => epoch === row.epoch).map((e) => e[theirs]));
    const [low, high] = [Math.min(...values) - WIDENED, Math.max(...values) + WIDENED];
    const inside = row[ours] >= low && row[ours] <= high;
    if (!inside) outside += 1;
    return `${ours} ${row[ours].toFixed(4)} in ${low.toFixed(4)}–${high.toFixed(4)}${inside ? '' : ' OUTSIDE'}`;
  });
  console.log(`epoch ${String(row.epoch).padStart(2)}  ${cells.join('  ')}`);
  return outside;
}

let allInside = true;
for (const seed of seeds.length > 0 ? seeds : ['0']) allInside = (await run(Number(seed))) && allInside;
process.exitCode = allInside ? 0 : 1;
