import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { createLogger } from '../../shared/process.ts';
import { isAlive } from '../testing/disturbed.ts';
import { createTrainerPool, type TrainerPool } from './pool.ts';
import type { Trainer } from './trainer.ts';

const onReplace = vi.fn();
const onFit = vi.fn();
let pool: TrainerPool;

function openPool(slots: number, env: Record<string, string> = {}): TrainerPool {
  pool = createTrainerPool({
    ...{ slots, env, maxJobs: 0, readyMs: 60_000, hangMs: 60_000, graceMs: 5000, onReplace },
    entry: packageFile('dist/worker/testing/bare-trainer.js'),
    warmth: { engine: 'simd', dataset: 'mnist', resize: 'bilinear' },
    onFit,
    onDevice: () => {},
    onNotice: () => {},
    logger: createLogger('test', 'silent'),
  });
  return pool;
}

/** Takes a trainer once there is one. @returns its process id, and what gives it back */
async function taken(signal = new AbortController().signal) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let used: Promise<void> = Promise.resolve();
  const trainer = await new Promise<Trainer>((resolve, reject) => {
    used = pool.use(signal, async (free) => {
      resolve(free);
      await released;
    });
    used.catch(reject);
  });
  const giveBack = () => {
    release();
    return used;
  };
  return { trainer, pid: trainer.pid ?? Number.NaN, giveBack };
}

afterEach(async () => {
  await pool.close();
  onReplace.mockClear();
  onFit.mockReset();
});

describe('a pool of trainers', () => {
  it('gives each to one user at a time, and to those who wait in the order in which they came', async () => {
    openPool(2);
    const [first, second] = await Promise.all([taken(), taken()]);
    expect(pool.pids().sort()).toEqual([first.pid, second.pid].sort());

    const order: string[] = [];
    const leaving = new AbortController();
    const waiting = ['third', 'fourth'].map(async (name) => {
      const { pid, giveBack } = await taken();
      order.push(name);
      await giveBack();
      return pid;
    });
    const left = expect(taken(leaving.signal)).rejects.toThrow('stopped');
    const last = taken().then(({ giveBack }) => {
      order.push('last');
      return giveBack();
    });
    leaving.abort(new Error('stopped'));
    await left;
    await second.giveBack();
    expect(await Promise.all(waiting)).toEqual([second.pid, second.pid]);
    await last;
    expect(order).toEqual(['third', 'fourth', 'last']);
    await first.giveBack();
    expect(onReplace).not.toHaveBeenCalled();
  });

  it.each(['idle', 'in use'])('replaces one that dies while it is %s', async (when) => {
    openPool(1);
    const dying = await taken();
    if (when === 'idle') await dying.giveBack();
    process.kill(dying.pid, 'SIGKILL');
    await dying.trainer.gone;
    if (when === 'in use') await dying.giveBack();
    const { pid, giveBack } = await taken();
    expect(pid).not.toBe(dying.pid);
    expect(pool.pids()).toEqual([pid]);
    expect(onReplace).toHaveBeenCalledTimes(1);
    await giveBack();
  });

  it('of which none can get ready tells so whoever waits, as a reason to try elsewhere', async () => {
    openPool(1, { UNREADY: 'no such file' });
    await expect(taken()).rejects.toMatchObject({
      name: 'RetryableError',
      message: 'no trainer of the worker could get ready: no such file',
    });
  });

  it('has its engine for as long as one slot has it, whatever the others lack', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-pool-'));
    const nextFault = () => new Promise<void>((resolve) => onFit.mockImplementation((fault) => fault && resolve()));
    try {
      openPool(2, { ONE_READY: join(folder, 'ready') });
      await pool.ready;
      const { trainer, giveBack } = await taken();
      // The other slot fails before this, or after it: in either case one more time while this one lives.
      onFit.mockClear();
      await expect(taken()).rejects.toThrow('no GPU');
      expect(pool.isFit()).toBe(true);
      expect(onFit).not.toHaveBeenCalled();
      const told = nextFault();
      process.kill(trainer.pid ?? expect.fail(), 'SIGKILL');
      await told;
      expect(pool.isFit()).toBe(false);
      await giveBack();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that is closed leaves no process, not even of one in use, and starts no other', async () => {
    openPool(2);
    const [idle, used] = await Promise.all([taken(), taken()]);
    await idle.giveBack();
    await pool.close();
    expect([idle, used].map(({ pid }) => isAlive(pid))).toEqual([false, false]);
    expect(pool.pids()).toEqual([]);
    expect(onReplace).not.toHaveBeenCalled();
    await used.giveBack();
  });
});
