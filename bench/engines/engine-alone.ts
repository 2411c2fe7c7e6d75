/**
 * A job's training by its engine in one process, without queue, worker and checkpoints: `node engine-alone.js SPEC`,
 * a settled spec in JSON. Prints in JSON how long it took, images in memory before and after, and its result.
 */
import { TrainSpec } from '../../shared/jobs.ts';
import { loadDataset } from '../../worker/data/datasets.ts';
import { ENGINE_FACTORIES } from '../../worker/engines/engines.ts';
import { train } from '../../worker/training/train.ts';

const spec = TrainSpec.parse(JSON.parse(process.argv[2] ?? ''));
const engine = await ENGINE_FACTORIES[spec.engine]({ threads: Number(process.env.TRAINER_THREADS) });
const data = await loadDataset(spec.dataset, spec.resize, { dataDir: 'none' });
engine.loadImages('train', data.train);
engine.loadImages('test', data.test);

const start = performance.now();
const result = await train({
  ...{ engine, data, spec, from: null },
  emit: () => {},
  saveCheckpoint: async () => {},
  signal: new AbortController().signal,
});
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, result }));
engine.close();
