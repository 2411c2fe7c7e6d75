/**
 * Measures the engines beside PyTorch and TensorFlow on this machine's CPU, and a whole job through the queue; prints
 * the tables and writes them into docs/performance.md, with bars: `npm run bench`, which sets up what it needs.
 * `--quick` measures little and writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { note, timed } from '../../scripts/setup/say.mjs';
import { verify } from '../../scripts/setup/tensorflow/verify.mjs';
import { TrainSpec } from '../../shared/jobs.ts';
import { packageFile } from '../../shared/package-root.ts';
import { enginesHere } from '../../worker/engines/available.ts';
import { withReport } from '../between-markers.ts';
import { counted } from '../figures.ts';
import { createLeftOut } from '../left-out.ts';
import { machine } from '../machine.ts';
import { versionOfPackage } from '../package-version.ts';
import { python, versionOf, whyLacking } from '../python.ts';
import { barChart } from './chart.ts';
import { measureRows } from './measure-rows.ts';
import { planFor } from './plan.ts';
import { ratesAsBars, ratesReport, wholeJobReport } from './report.ts';
import { measureWholeJob } from './whole-job.ts';

/** An epoch of few images: what is quick shows that all parts run. */
const QUICK_JOB = { epochs: 1, trainSize: 1600, validationSize: 160 };

const quick = process.argv.includes('--quick');
const [torch, tensorflowOfPython] = quick ? [null, null] : [await versionOf('torch'), await versionOf('tensorflow')];
const tensorflow = !quick && enginesHere().includes('tensorflow') ? await verify(process.env) : null;
const hasTensorflow = tensorflow !== null && 'version' in tensorflow;
const leftOut = createLeftOut();
if (!quick) noteWhatIsLeftOut();

const plan = planFor({
  cores: availableParallelism(),
  hasTensorflow,
  pythonWithTorch: torch && python,
  pythonWithTensorflow: tensorflowOfPython && python,
  quick,
});
const measured = await timed('Measuring training and evaluation', () => measureRows(plan, leftOut));
const rates = ratesReport(measured);
console.log(`${measuredOn()}\n\n${rates}\n`);
const wholeJob = await timed('Measuring a whole job', () =>
  measureWholeJob({
    spec: TrainSpec.parse({ engine: 'simd', ...(quick ? QUICK_JOB : {}) }),
    rounds: quick ? 1 : 5,
    pythonWithTorch: torch && python,
  }),
);
const job = wholeJobReport(wholeJob);
console.log([job, ...leftOut.report()].join('\n\n'));
if (!quick) write();

function write(): void {
  const chart = 'performance.svg';
  writeFileSync(packageFile(`docs/${chart}`), barChart('Training and evaluation of LeNet-5', ratesAsBars(measured)));
  const bars = `![Bars: the engines blue, the libraries grey, the ceiling dashed](${chart})`;
  const path = packageFile('docs/performance.md');
  const parts = [measuredOn(), bars, rates, job, ...leftOut.report()].join('\n\n');
  writeFileSync(path, withReport(readFileSync(path, 'utf8'), 'bench', parts));
  note('Written to docs/performance.md.');
}

function measuredOn(): string {
  const versions = [
    `Node ${process.versions.node}`,
    `TensorFlow.js ${versionOfPackage('@tensorflow/tfjs-backend-wasm')} (of \`wasm\`)`,
    ...(hasTensorflow ? [`TensorFlow ${tensorflow.version} (of \`tensorflow\`)`] : []),
    ...(torch ? [`PyTorch ${torch}`] : []),
    ...(tensorflowOfPython ? [`TensorFlow ${tensorflowOfPython} (of Python)`] : []),
  ];
  const { rounds } = plan.effort;
  return `${machine}; ${versions.join(', ')}; ${new Date().toISOString().slice(0, 10)}. Medians of ${counted(rounds, 'round')}; in each all take their turn.`;
}

function noteWhatIsLeftOut(): void {
  if (!torch) leftOut.add('PyTorch', whyLacking('torch'));
  if (!tensorflowOfPython) leftOut.add('TensorFlow (of Python)', whyLacking('tensorflow'));
  if (!hasTensorflow)
    leftOut.add('the engine `tensorflow`', tensorflow?.fault ?? 'npm run setup:tensorflow -- --cpu sets it up');
}
