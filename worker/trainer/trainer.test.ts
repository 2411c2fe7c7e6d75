import { afterEach, expect, it, vi } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { until } from '../../shared/testing/processes.ts';
import type { Work } from './protocol.ts';
import { Trainer } from './trainer.ts';

const entry = packageFile('dist/worker/testing/bare-trainer.js');
const HANG_MS = 60_000;
const nothing = async () => {};
const { signal } = new AbortController();

afterEach(() => {
  vi.useRealTimers();
});

async function warmTrainer(): Promise<Trainer> {
  const trainer = new Trainer({
    ...{ entry, env: {}, readyMs: 60_000, hangMs: HANG_MS, graceMs: 5000 },
    ...{ onDevice: () => {}, onNotice: () => {} },
  });
  await trainer.warm({ engine: 'simd', dataset: 'mnist', resize: 'bilinear' });
  return trainer;
}

it.each([
  { computes: false, code: 'out-of-memory' },
  { computes: true, code: 'trainer-died' },
])('what a trainer said names its death, unless it has computed since: $computes', async ({ computes, code }) => {
  const trainer = await warmTrainer();
  let isHeard = false;
  const onCheckpoint = async () => {
    await until(() => trainer.said() !== '', { what: 'its error output is read', everyMs: 1 });
    isHeard = true;
    if (!computes) trainer.kill('killed by the test');
  };
  const run = trainer.run({ work: {} as Work, signal, onEvent: nothing, onNotice: nothing, onCheckpoint });
  const named = expect(run).rejects.toMatchObject({ code });
  if (computes) {
    await until(() => isHeard && trainer.said() === '', { what: 'it has computed since', everyMs: 1 });
    trainer.kill('killed by the test');
  }
  await named;
});

it('a trainer that waits for its checkpoint to be saved is not hung, however long that takes', async () => {
  const trainer = await warmTrainer();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const onCheckpoint = async () => {
    vi.advanceTimersByTime(HANG_MS);
    trainer.kill('killed by the test');
  };
  const run = trainer.run({ work: {} as Work, signal, onEvent: nothing, onNotice: nothing, onCheckpoint });
  await expect(run).rejects.toMatchObject({ code: 'out-of-memory' });
});
