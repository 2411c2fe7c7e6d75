import { defineConfig } from 'vitest/config';

/** Tests run compiled, as everything does: `npm run build` first (npm test does). */
export default defineConfig({
  test: {
    include: ['dist/**/*.test.js'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
