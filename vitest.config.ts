import { defineConfig } from 'vitest/config';

/** Tests run compiled, as everything does: `npm run build` first (npm test does). */
export default defineConfig({
  test: {
    include: ['dist/**/*.test.js'],
    // Tests with real processes wait most of the time: two files at once also on two cores.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
