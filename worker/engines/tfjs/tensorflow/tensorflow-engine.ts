/**
 * The engine `tensorflow`: the steps of step.ts, traced once into a TensorFlow graph that runs on the GPU, if
 * TensorFlow finds one, and else on the CPU.
 */
import type { CreateEngine } from '../../engine.ts';
import { createEagerExecutor } from '../eager-executor.ts';
import { createTfjsEngine } from '../tfjs-engine.ts';
import { BACKEND, deviceOf, openBackend } from './binding.ts';
import { createGraphExecutor } from './graph-executor.ts';
import { removeOldFolders } from './graph-folder.ts';
import { STEPS_AT_ONCE } from './steps-at-once.ts';
import { withFallback } from './with-fallback.ts';

export const createTensorflowEngine: CreateEngine = async ({ optimisesAcrossSteps = false, say = () => {} }) => {
  removeOldFolders();
  const backend = openBackend();
  const device = deviceOf(backend);
  const stepsAtOnce = STEPS_AT_ONCE[device];
  const executor = withFallback(createGraphExecutor(backend, stepsAtOnce), createEagerExecutor(BACKEND), say);
  return createTfjsEngine(
    { name: 'tensorflow', device, stepsAtOnce, isBoundToMultiples: optimisesAcrossSteps },
    executor,
  );
};
