import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ErrorCode, RetryableError } from '../../shared/errors.ts';
import { packageFile } from '../../shared/package-root.ts';
import { createLogger } from '../../shared/process.ts';
import { until } from '../../shared/testing/processes.ts';
import { isAlive } from '../testing/disturbed.ts';
import { createTrainerPool, type TrainerPool, type TrainerPoolOptions } from './pool.ts';
import type { Trainer } from './trainer.ts';

const onReplace = vi.fn();
const onFit = vi.fn();
let pool: TrainerPool;
let folder: string;
/** While it is there, no trainer gets ready, for the fault that it names. */
let unreadyFile: string;

function openPool(slots: number, maxJobs: TrainerPoolOptions['maxJobs'] = () => 0): TrainerPool {
  pool = createTrainerPool({
    ...{
      slots,
      env: { UNREADY_FILE: unreadyFile },
      maxJobs,
      readyMs: () => 60_000,
      hangMs: 60_000,
      graceMs: 5000,
      onReplace,
    },
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

/** Two slots, of which one has a trainer that is in use, and the other's next trainer cannot get ready. */
async function oneUnready(code: ErrorCode) {
  openPool(2);
  const [fit, dying] = await Promise.all([taken(), taken()]);
  writeFileSync(unreadyFile, code);
  process.kill(dying.pid, 'SIGKILL');
  await dying.trainer.gone;
  await dying.giveBack();
  return fit;
}

const told = (isIt: (fit: unknown) => boolean) =>
  until(async () => onFit.mock.calls.some(([fit]) => isIt(fit)), { what: 'the pool tells it' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-pool-'));
  unreadyFile = join(folder, 'unready');
});
afterEach(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
  onReplace.mockReset();
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

  it('replaces one that has done its jobs, if it has opened an engine for which there are so many', async () => {
    openPool(1, (opened) => (opened.has('tensorflow') ? 1 : 0));
    const spent = await taken();
    spent.trainer.jobs = 1;
    spent.trainer.opened.add('simd');
    await spent.giveBack();
    const same = await taken();
    expect(same.pid).toBe(spent.pid);
    same.trainer.opened.add('tensorflow');
    await same.giveBack();
    const fresh = await taken();
    expect(fresh.pid).not.toBe(spent.pid);
    expect(onReplace).not.toHaveBeenCalled();
    await fresh.giveBack();
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

  it.each([
    ['engine-unavailable', 'Interrupted'],
    ['dataset-unavailable', 'RetryableError'],
  ] as const)('of which none can get ready (%s) tells so whoever waits, as %s', async (code, name) => {
    writeFileSync(unreadyFile, code);
    openPool(1);
    const message = `no trainer of the worker could get ready: no luck: ${code}`;
    await expect(taken()).rejects.toMatchObject({ name, message });
    expect(pool.isFit()).toBe(false);
    expect(onFit.mock.calls).toEqual(code === 'engine-unavailable' ? [[expect.objectContaining({ code })]] : []);
  });

  it.each(['engine-unavailable', 'out-of-memory'] as const)(
    'of which one is fit and one not (%s) has a slot less, and gives an attempt back that waits for it, once',
    async (code) => {
      const { giveBack } = await oneUnready(code);
      const message = `a trainer of the worker could not get ready: no luck: ${code}`;
      await expect(taken()).rejects.toMatchObject({ name: 'Interrupted', message });
      expect(onFit).toHaveBeenLastCalledWith(1);
      expect([pool.isFit(), pool.fitSlots()]).toEqual([true, 1]);

      onReplace.mockClear();
      const waiting = taken();
      await until(async () => onReplace.mock.calls.length > 1, { what: 'it fails once more' });
      rmSync(unreadyFile);
      const { giveBack: done } = await waiting;
      expect(onFit.mock.calls.flat()).toEqual([2, 2, 1, 2]);
      await Promise.all([giveBack(), done()]);
    },
  );

  it.each(['engine-unavailable', 'out-of-memory'] as const)(
    'of which one warms up and one fails (%s) is not given up: it has a slot less',
    async (code) => {
      const write = (text: string) => {
        writeFileSync(`${unreadyFile}.new`, text);
        renameSync(`${unreadyFile}.new`, unreadyFile);
      };
      write(`${code} 0`);
      openPool(2);
      const attempt = expect(taken()).rejects.toMatchObject({ name: 'Interrupted' });
      await until(async () => pool.pids().length === 2, { what: 'both warm up' });
      const [warming, failing] = pool.pids();
      write(`${code} ${failing}`);
      await attempt;
      expect(onFit.mock.calls).toEqual([[1]]);
      expect([pool.isFit(), pool.fitSlots()]).toEqual([false, 1]);

      rmSync(unreadyFile);
      const { pid, giveBack } = await taken();
      expect(pid).toBe(warming);
      await giveBack();
    },
  );

  it('has its engine until the last trainer that has it is gone', async () => {
    const { trainer, pid, giveBack } = await oneUnready('engine-unavailable');
    await told((fit) => fit === 1);
    process.kill(pid, 'SIGKILL');
    await trainer.gone;
    expect(pool.isFit()).toBe(false);
    await giveBack();
    await told((fit) => fit instanceof RetryableError);
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
