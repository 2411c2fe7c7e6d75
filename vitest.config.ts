import { defineConfig } from 'vitest/config';
import { oneGpu, TENSORFLOW_DEFAULTS, TENSORFLOW_UNSET } from './worker/trainer/environment.ts';

/**
 * Unit tests need neither Redis nor a browser; those of the dashboard share processes, as each takes milliseconds and
 * a process of its own half a second. End-to-end tests run a whole yard of real processes as its users do:
 * the commands, workers that die, a job watched in a browser. The rest tests one part of ours against a real Redis,
 * or one page in a browser. The first two depend on Node most, and run on every version of it
 * (scripts/setup/test-stages.mjs).
 */
const REDIS = 'dist/**/*.redis.test.js';
const BROWSER = 'dist/**/*.browser.test.js';
const END_TO_END = [
  'dist/scripts/*.redis.test.js',
  'dist/worker/nothing-lost/*.redis.test.js',
  'dist/api/watching.browser.test.js',
];

function project(name: string, include: string[], exclude: string[], isolate = true) {
  return { extends: true as const, test: { name, include, exclude, isolate } };
}

// The processes of the tests get what this one has.
for (const name of Object.keys(TENSORFLOW_UNSET)) delete process.env[name];

/** Tests run compiled, as everything does: `npm run build` first (npm test does). Vite compiles the dashboard's. */
export default defineConfig({
  test: {
    projects: [
      project('unit', ['dist/**/*.test.js'], [REDIS, BROWSER]),
      project('dashboard', ['api/dashboard/**/*.test.ts'], [], false),
      project('redis', [REDIS], END_TO_END),
      project('browser', [BROWSER], END_TO_END),
      project('end-to-end', END_TO_END, []),
    ],
    // Tests with real processes wait most of the time: two files at once also on two cores.
    maxWorkers: 2,
    // On a GPU too the engine is held to PyTorch's numbers in float32.
    env: { ...TENSORFLOW_DEFAULTS, CUDA_VISIBLE_DEVICES: oneGpu(process.env.CUDA_VISIBLE_DEVICES) },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
