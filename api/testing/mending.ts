/** How a test sees that the reconciler mends something, or leaves it alone. */
import { expect } from 'vitest';
import { until } from '../../shared/testing/processes.ts';
import type { Reconciler } from '../reconciler.ts';

export function createMending(newReconciler: () => Reconciler, graceMs: number) {
  return {
    /** Sweeps until it is so. */
    async mended(what: string, isSo: () => Promise<boolean>): Promise<void> {
      const reconciler = newReconciler();
      const probe = async () => (await reconciler.sweep()) && isSo();
      await until(probe, { what, everyMs: 20 });
      await reconciler.stop();
    },

    /** Sweeps for well over the grace: nothing may change. */
    async leftAlone(look: () => Promise<unknown>): Promise<void> {
      const before = await look();
      const reconciler = newReconciler();
      const end = Date.now() + 3 * graceMs;
      const probe = async () => (await reconciler.sweep()) && Date.now() > end;
      await until(probe, { what: 'the grace is over', everyMs: 20 });
      await reconciler.stop();
      expect(await look()).toEqual(before);
    },
  };
}
