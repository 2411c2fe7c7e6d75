/** Entry of the trainer process: started by a worker alone, and gone when the worker is. */
import { loadDataset } from '../data/datasets.ts';
import { ENGINE_FACTORIES } from '../engines/engines.ts';
import { processChannel } from './channel.ts';
import { describeDevice } from './device.ts';
import { optimisesAcrossSteps } from './environment.ts';
import { runTrainer } from './run-trainer.ts';

runTrainer({
  channel: processChannel(),
  engines: ENGINE_FACTORIES,
  loadDataset: ({ dataset, resize }) => loadDataset(dataset, resize, { dataDir: process.env.DATA_DIR ?? '.data' }),
  describeDevice: (type) => describeDevice(type, process.env.CUDA_VISIBLE_DEVICES),
  threads: Number(process.env.TRAINER_THREADS ?? 1),
  optimisesAcrossSteps: optimisesAcrossSteps(process.env),
  requireGpu: process.env.REQUIRE_GPU === '1',
});
