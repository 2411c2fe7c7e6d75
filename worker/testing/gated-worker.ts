/** Entry of a worker for tests: the real one with the gated trainer, and with HANG_MS to count it as hung sooner. */
import { runMain } from '../../shared/process.ts';
import { runWorkerProcess } from '../worker-process.ts';

const { GATE_STEP, GATE_FILE, POISON_STEP, NO_MEMORY_STEP, STEP_MS, OPENING_MS, NOTICE, GPU_FILE } = process.env;

runMain(() =>
  runWorkerProcess(process.env, {
    more: { GATE_STEP, GATE_FILE, POISON_STEP, NO_MEMORY_STEP, STEP_MS, OPENING_MS, NOTICE, GPU_FILE },
    entry: 'dist/worker/testing/gated-trainer.js',
    hangMs: Number(process.env.HANG_MS ?? 60_000),
  }),
);
