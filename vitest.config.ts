import { defineConfig } from 'vitest/config';

/** Tests run compiled, as everything does: `npm run build` first (npm test does). Vite compiles the dashboard and its tests. */
export default defineConfig({
  test: {
    include: ['dist/**/*.test.js', 'api/dashboard/**/*.test.ts'],
    // Tests with real processes wait most of the time: two files at once also on two cores.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
