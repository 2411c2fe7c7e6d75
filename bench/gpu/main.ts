/**
 * Measures TensorFlow and PyTorch on this machine, prints the tables and writes them into docs/gpu.md, in the part for
 * its device: `npm run bench:gpu`, which sets up what it needs. `--quick` measures little and writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { note } from '../../scripts/setup/say.mjs';
import { verify } from '../../scripts/setup/tensorflow/verify.mjs';
import { packageFile } from '../../shared/package-root.ts';
import { EVALUATION_BATCH } from '../../worker/engines/tfjs/executor.ts';
import { withReport } from '../between-markers.ts';
import { machine } from '../machine.ts';
import { type Measurer, startMeasurer } from '../measurer.ts';
import { leftOut, python, versionOf } from '../python.ts';
import { median } from '../quantiles.ts';
import { measureInRounds } from '../rounds.ts';
import { type Plan, type ProcessPlan, planFor, type Row, SCRIPT } from './plan.ts';
import { type FirstStep, type Measured, reportOf } from './report.ts';

/** What the graph has to reach, at batch size 16 on a CPU; first steps in seconds. */
const BARS = { timesEager: 5, timesPytorch: 2, cold: 10, warm: 0.5 };

const quick = process.argv.includes('--quick');
const tensorflow = await verify(process.env);
if (!('version' in tensorflow)) throw new Error(`TensorFlow does not run: ${tensorflow.fault}`);
const { device } = tensorflow;
const hasPytorch = !quick && (await versionOf('torch')) !== null;
if (!quick && !hasPytorch) note(leftOut('PyTorch', 'torch'));
if (device === 'cpu') note('TensorFlow uses no GPU here: reduced form, on one thread of the CPU.');
const plan = planFor({ device, hasPytorch, quick });

const { measured, pytorch } = await measureRows(plan);
const firstSteps = await measureFirstSteps(plan);
const torch = pytorch ? `, PyTorch ${pytorch.version} on ${pytorch.device}` : '';
const measuredOn = `${device === 'cpu' ? machine : tensorflow.name}; TensorFlow ${tensorflow.version}${torch}, Node ${process.versions.node}`;
const tables = reportOf({ device, measuredOn, rounds: plan.effort.rounds, measured, firstSteps });
const report = `${tables}\n\n${comparedWithBars()}`;
console.log(report);
if (!quick) {
  const path = packageFile('docs/gpu.md');
  writeFileSync(path, withReport(readFileSync(path, 'utf8'), `bench:gpu ${device}`, report));
  note('Written to docs/gpu.md.');
}

async function measureRows({ rows, processes, batchSizes, effort }: Plan) {
  const measurers = new Map<string, Measurer>();
  for (const [name, how] of processes) measurers.set(name, start(how));
  const torchProcess = [...processes].find(([, { runs }]) => runs === 'pytorch')?.[0];
  const about = torchProcess === undefined ? undefined : await measurers.get(torchProcess)?.about();
  const results: Measured[] = [];
  const groups: [Row['work'], number][] = [
    ...batchSizes.map((size) => ['training', size] as [Row['work'], number]),
    ['evaluation', EVALUATION_BATCH],
  ];
  for (const [work, batchSize] of groups) {
    note(`Measuring ${work}, batch size ${batchSize} …`);
    const chosen = rows.filter((row) => row.work === work);
    const entries = chosen.map((row) => ({
      row,
      measurer: measurers.get(row.process) as Measurer,
      case: { work, way: row.way, batchSize, unrolled: row.unrolled },
    }));
    const figures = await measureInRounds(entries, effort, (place, { message }) =>
      note(`${entries[place]?.row.label} is left out: ${message}`),
    );
    for (const [i, row] of chosen.entries()) {
      const found = figures[i];
      if (found) results.push({ row, batchSize, figures: found });
    }
    for (const measurer of measurers.values()) await measurer.forget().catch(() => undefined);
  }
  for (const measurer of measurers.values()) await measurer.stop();
  return { measured: results, pytorch: about };
}

/** Cold in a process of its own each time. */
async function measureFirstSteps({ firstSteps: asked, processes, effort }: Plan): Promise<FirstStep[]> {
  const times = asked.map(({ label, process: name }) => ({ label, name, cold: [] as number[], warm: [] as number[] }));
  note('Measuring the first step …');
  for (let round = 0; round < effort.rounds; round++) {
    for (const { name, cold, warm } of times) {
      const measurer = start(processes.get(name) as ProcessPlan);
      cold.push(await measurer.begin());
      warm.push(await measurer.begin());
      await measurer.stop();
    }
  }
  return times.map(({ label, cold, warm }) => ({ label, cold: median(cold), warm: median(warm) }));
}

function start({ runs, env }: ProcessPlan): Measurer {
  const command: [string, ...string[]] =
    runs === 'pytorch'
      ? [python, packageFile('bench/measure_torch.py')]
      : [process.execPath, '--no-deprecation', packageFile('dist/bench/gpu/measure-tfjs.js')];
  return startMeasurer(command, { ...process.env, ...env });
}

function comparedWithBars(): string {
  const at16 = (matches: (row: Row) => boolean) =>
    Math.max(
      ...measured
        .filter(({ row, batchSize }) => batchSize === 16 && row.work === 'training' && matches(row))
        .map(({ figures }) => (device === 'cpu' ? figures.perCpuSecond : figures.perSecond)),
    );
  const graph = at16(({ way }) => way === 'graph');
  const { timesEager, timesPytorch, cold, warm } = BARS;
  const others = [
    { label: 'op by op', what: 'the same step op by op', bar: timesEager },
    { label: SCRIPT, what: `a ${SCRIPT}`, bar: timesEager },
    { label: 'PyTorch, eager', what: 'PyTorch, eager', bar: timesPytorch },
  ];
  const compared = others.flatMap(({ label, what, bar }) => {
    const other = at16((row) => row.label === label);
    return Number.isFinite(other) ? [`${(graph / other).toFixed(1)} times ${what} (bar: ${bar})`] : [];
  });
  const [first] = firstSteps;
  return [
    `The best graph at batch size 16, ${device === 'cpu' ? 'per second of CPU time' : 'per second'}: ${compared.join(', ')}.`,
    `First step: ${first?.cold.toFixed(2)} s cold (bar: ${cold}), ${first?.warm.toFixed(3)} s warm (bar: ${warm}).`,
  ].join(' ');
}
