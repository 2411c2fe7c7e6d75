import { describe } from 'vitest';
import { describeEngine } from '../../engine-battery.ts';
import { HAS_TENSORFLOW } from '../../testing/engines-here.ts';
import { createEagerExecutor } from '../eager-executor.ts';
import { createTfjsEngine } from '../tfjs-engine.ts';
import { BACKEND, deviceOf, openBackend } from './binding.ts';
import { createTensorflowEngine } from './tensorflow-engine.ts';

describe.runIf(HAS_TENSORFLOW)('as a graph', () => {
  describeEngine('tensorflow', createTensorflowEngine);
});

describe.runIf(HAS_TENSORFLOW)('op by op', () => {
  describeEngine('tensorflow', async () => {
    const device = deviceOf(openBackend());
    return createTfjsEngine({ name: 'tensorflow', device, stepsAtOnce: 1 }, createEagerExecutor(BACKEND));
  });
});
