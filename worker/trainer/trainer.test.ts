import { afterEach, expect, it, vi } from 'vitest';
import { LockLost } from '../../shared/errors.ts';
import { packageFile } from '../../shared/package-root.ts';
import { until } from '../../shared/testing/processes.ts';
import type { Work } from './protocol.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';

const entry = packageFile('dist/worker/testing/bare-trainer.js');
const WARMTH = { engine: 'simd', dataset: 'mnist', resize: 'bilinear' } as const;

function startTrainer(more: Partial<TrainerOptions> = {}): Trainer {
  return new Trainer({
    ...{ entry, env: {}, readyMs: () => 60_000, hangMs: 60_000, graceMs: 5000 },
    ...{ onDevice: () => {}, onNotice: () => {}, ...more },
  });
}

afterEach(() => vi.useRealTimers());

it.each([
  { computes: false, code: 'out-of-memory' },
  { computes: true, code: 'trainer-died' },
])('what a trainer said names its death, unless it has computed since: $computes', async ({ computes, code }) => {
  const trainer = startTrainer();
  await trainer.warm(WARMTH);
  const nothing = async () => {};
  let isHeard = false;
  const onCheckpoint = async () => {
    await until(() => trainer.said() !== '', { what: 'its error output is read', everyMs: 1 });
    isHeard = true;
    if (!computes) trainer.kill('killed by the test');
  };
  const { signal } = new AbortController();
  const run = trainer.run({ work: {} as Work, signal, onEvent: nothing, onNotice: nothing, onCheckpoint });
  const named = expect(run).rejects.toMatchObject({ code });
  if (computes) {
    await until(() => isHeard && trainer.said() === '', { what: 'it has computed since', everyMs: 1 });
    trainer.kill('killed by the test');
  }
  await named;
});

it('the time to get ready runs on once a trainer has told what its engine computes on', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let isOpen = () => {};
  const opened = new Promise<void>((resolve) => {
    isOpen = resolve;
  });
  const trainer = startTrainer({
    env: { HANGS: '1' },
    readyMs: (engine) => (engine === WARMTH.engine ? 600_000 : 1),
    onDevice: () => isOpen(),
  });
  const hung = expect(trainer.warm(WARMTH)).rejects.toMatchObject({
    code: 'trainer-hung',
    message: 'the trainer was not ready after 600 s (TRAINER_READY_MS)',
  });
  await opened;
  vi.advanceTimersByTime(600_000);
  await hung;
  trainer.kill('killed by the test');
  await trainer.gone;
});

it('a trainer that waits for its checkpoint to be saved is not hung, however long that takes', async () => {
  const trainer = startTrainer({ hangMs: 60_000 });
  await trainer.warm(WARMTH);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const nothing = async () => {};
  const onCheckpoint = async () => {
    vi.advanceTimersByTime(60_000);
    trainer.kill('killed by the test');
  };
  const { signal } = new AbortController();
  const run = trainer.run({ work: {} as Work, signal, onEvent: nothing, onNotice: nothing, onCheckpoint });
  await expect(run).rejects.toMatchObject({ code: 'out-of-memory' });
});

it('what is stopped before it begins leaves its trainer warm, and one that is gone fails as such', async () => {
  const trainer = startTrainer();
  await trainer.warm(WARMTH);
  const nothing = async () => {};
  const job = { work: {} as Work, onEvent: nothing, onNotice: nothing, onCheckpoint: nothing };
  const why = new LockLost();
  await expect(trainer.run({ ...job, signal: AbortSignal.abort(why) })).rejects.toBe(why);
  expect([trainer.state, trainer.jobs]).toEqual(['idle', 0]);
  trainer.kill('killed by the test');
  await trainer.gone;
  const { signal } = new AbortController();
  await expect(trainer.run({ ...job, signal })).rejects.toMatchObject({ code: 'trainer-died' });
});
