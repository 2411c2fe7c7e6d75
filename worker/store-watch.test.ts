import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryableError } from '../shared/errors.ts';
import { createLogger } from '../shared/process.ts';
import { createStoreWatch, type StoreWatch } from './store-watch.ts';

const fault = new RetryableError('store-unavailable', 'no space left');
const logger = createLogger('test', 'silent');

/** What the store does when it is checked. */
let check: () => Promise<void>;
/** Seconds from the beginning to each check, and what became of the taking of jobs. */
let happened: (number | 'away' | 'back')[];
let watch: StoreWatch;

const passes = async () => {};
const fails = () => Promise.reject(fault);
const seconds = (count: number) => vi.advanceTimersByTimeAsync(1000 * count);

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  happened = [];
  check = passes;
  const noting = () => {
    happened.push(Date.now() / 1000);
    return check();
  };
  const onAway = () => void happened.push('away');
  const onBack = () => void happened.push('back');
  watch = createStoreWatch({ checkpoints: { check: noting }, onAway, onBack, logger });
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

describe('a store that an attempt could not use', () => {
  it('is asked with back-off until it can be used, however many attempts fail meanwhile', async () => {
    check = fails;
    watch.failed(fault);
    watch.failed(fault);
    await seconds(91);
    expect(watch.isAway()).toBe(true);
    check = passes;
    await seconds(300);
    expect(happened).toEqual(['away', 2, 6, 14, 30, 60, 90, 120, 'back']);
    expect(watch.isAway()).toBe(false);
  });

  it('and that passes its check is given ever more time, until it has taken something of an attempt', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      watch.failed(fault);
      await seconds(10);
    }
    expect(happened).toEqual(['away', 2, 'back', 'away', 14, 'back', 'away', 28, 'back']);
    watch.served();
    watch.failed(fault);
    await seconds(10);
    expect(happened.slice(-3)).toEqual(['away', 32, 'back']);
  });

  it('is asked no more once the worker stops, which waits for no answer', async () => {
    check = () => new Promise(() => {});
    const isThere = watch.isThere();
    watch.failed(fault);
    watch.close();
    await seconds(60);
    expect(await isThere).toBe(false);
    expect(happened).toEqual([0, 'away']);
  });
});
