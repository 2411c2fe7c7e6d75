/**
 * Measures TensorFlow and PyTorch on this machine, prints the tables and writes them into docs/gpu.md, in the part for
 * its device: `npm run bench:gpu`, which sets up what it needs. `--quick` measures little and writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { note } from '../../scripts/setup/say.mjs';
import { verify } from '../../scripts/setup/tensorflow/verify.mjs';
import { packageFile } from '../../shared/package-root.ts';
import { EVALUATION_BATCH } from '../../worker/engines/tfjs/executor.ts';
import { oneGpu } from '../../worker/trainer/environment.ts';
import { withReport } from '../between-markers.ts';
import { createLeftOut } from '../left-out.ts';
import { machine } from '../machine.ts';
import { type Measured, measureCells } from '../measure-cells.ts';
import { type About, type Measurer, startMeasurer } from '../measurer.ts';
import { IMAGES } from '../noise.ts';
import { python, versionOf, whyLacking } from '../python.ts';
import { measureFirstSteps } from './first-steps.ts';
import { type Plan, type ProcessPlan, planFor, type Row } from './plan.ts';
import { firstStepsReport, ratesReport } from './report.ts';
import { verdictOf } from './verdict.ts';

/** As a trainer has it, for PyTorch too. */
const CUDA_VISIBLE_DEVICES = oneGpu(process.env.CUDA_VISIBLE_DEVICES);

const quick = process.argv.includes('--quick');
const tensorflow = await verify({ ...process.env, CUDA_VISIBLE_DEVICES });
if (!('version' in tensorflow)) throw new Error(`TensorFlow does not run: ${tensorflow.fault}`);
const { device } = tensorflow;
const leftOut = createLeftOut();
const hasPytorch = !quick && (await versionOf('torch')) !== null;
if (!quick && !hasPytorch) leftOut.add('PyTorch', whyLacking('torch'));
if (device === 'cpu') note('TensorFlow uses no GPU here: reduced form, on one thread of the CPU.');
const plan = planFor({ device, hasPytorch, quick });

const { measured, pytorch } = await measureRows(plan);
const torch = pytorch ? `, PyTorch ${pytorch.version} on ${pytorch.device}` : '';
const measuredOn = `${device === 'cpu' ? machine : tensorflow.name}; TensorFlow ${tensorflow.version}${torch}, Node ${process.versions.node}`;
const rates = ratesReport({ device, measuredOn, rounds: plan.effort.rounds, measured });
console.log(`${rates}\n`);
note('Measuring the first step …');
const firstSteps = await measureFirstSteps(plan.firstSteps, plan.effort.rounds, start, leftOut);
const others = [firstStepsReport(firstSteps), verdictOf(device, measured, firstSteps), ...leftOut.report()].join(
  '\n\n',
);
console.log(others);
if (!quick) {
  const path = packageFile('docs/gpu.md');
  const report = `${rates}\n\n${others}`;
  writeFileSync(path, withReport(readFileSync(path, 'utf8'), `bench:gpu ${device}`, report));
  note('Written to docs/gpu.md.');
}

async function measureRows({ rows, processes, batchSizes, effort }: Plan) {
  const measurers = new Map<string, Measurer>();
  for (const [name, how] of processes) measurers.set(name, start(how));
  const about = await aboutPytorch(processes, measurers);
  const results: Measured<Row>[] = [];
  const groups: [Row['work'], number][] = [
    ...batchSizes.map((size) => ['training', size] as [Row['work'], number]),
    ['evaluation', EVALUATION_BATCH],
  ];
  for (const [work, batchSize] of groups) {
    note(`Measuring ${work}, batch size ${batchSize} …`);
    const cells = rows
      .filter((row) => row.work === work)
      .map((row) => ({
        row,
        measurer: measurers.get(row.process) as Measurer,
        case: { work, way: row.way, batchSize, unrolled: row.unrolled },
      }));
    results.push(...(await measureCells(cells, effort, leftOut)));
    for (const measurer of measurers.values()) await measurer.forget().catch(() => undefined);
  }
  for (const measurer of measurers.values()) await measurer.stop();
  return { measured: results, pytorch: about };
}

/** null without it; one that does not answer fails its rows as well, and those alone. */
async function aboutPytorch(processes: Plan['processes'], measurers: Map<string, Measurer>): Promise<About | null> {
  const name = [...processes].find(([, { runs }]) => runs === 'pytorch')?.[0] ?? '';
  return (
    (await measurers
      .get(name)
      ?.about()
      .catch(() => null)) ?? null
  );
}

function start({ runs, env }: ProcessPlan): Measurer {
  const command: [string, ...string[]] =
    runs === 'pytorch'
      ? [python, packageFile('bench/measure_torch.py'), String(IMAGES)]
      : [process.execPath, '--no-deprecation', packageFile('dist/bench/gpu/measure-tfjs.js')];
  return startMeasurer(command, { ...process.env, CUDA_VISIBLE_DEVICES, ...env });
}
