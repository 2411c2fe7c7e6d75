import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interrupted, LockLost, RetryableError } from '../shared/errors.ts';
import { until } from '../shared/testing/processes.ts';
import { createCommitter } from './committer.ts';

/** What the store does with what it is given. */
let store: (name: string) => Promise<void>;
let committed: string[];
let said: string[];
let stop: AbortController;
let committer: ReturnType<typeof newCommitter>;

const takes = async () => {};
const isAway = async () => {
  throw new RetryableError('store-unavailable', 'no space left');
};
const hangs = () => new Promise<void>(() => {});

function newCommitter() {
  return createCommitter<{ name: string }>({
    async commit({ name }) {
      await store(name);
      committed.push(name);
    },
    stop,
    say: async (level, line) => {
      said.push(`${level}: ${line}`);
    },
    times: { backoff: 5, firstTry: 20, patience: 50, release: 20, lastTry: 50 },
  });
}

beforeEach(() => {
  store = takes;
  committed = [];
  said = [];
  stop = new AbortController();
  committer = newCommitter();
});
afterEach(() => committer.close());

const add = (name: string) => committer.add({ name });

describe('checkpoints', () => {
  it('are committed as they come', async () => {
    await add('a');
    expect(committed).toEqual(['a']);
    await committer.finish();
    expect(said).toEqual([]);
  });

  it('that the store cannot take are held, said once, and committed in order as soon as it can', async () => {
    store = isAway;
    await add('a');
    await add('b');
    store = takes;
    await until(() => committed.length === 2, { what: 'both are committed', everyMs: 5 });
    await add('c');
    expect(committed).toEqual(['a', 'b', 'c']);
    expect(said).toEqual([
      'warn: checkpoint a cannot be saved and is tried again: no space left',
      'info: the checkpoint store can be used again: every checkpoint is saved',
    ]);
  });

  it('end the attempt with the third that cannot be saved, naming all', async () => {
    store = isAway;
    await add('a');
    await add('b');
    await expect(add('c')).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'the checkpoints a, b, c cannot be saved: no space left',
    });
  });

  it('end it also with the third for which the store gives no answer at all', async () => {
    store = hangs;
    await add('a');
    await add('b');
    await expect(add('c')).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'the checkpoints a, b, c cannot be saved: it did not answer in time',
    });
  });

  it('do not end an attempt that is being stopped: whoever stops it tells its outcome', async () => {
    store = isAway;
    await add('a');
    await add('b');
    stop.abort(new Interrupted('stopped'));
    await add('c');
    expect(await committer.lastTry()).toMatchObject({ message: 'no space left' });
  });
});

describe('a failure of another kind', () => {
  it('is thrown to whoever brought the checkpoint', async () => {
    store = async () => {
      throw new LockLost();
    };
    await expect(add('a')).rejects.toThrow(LockLost);
  });

  it('stops the attempt also if it comes when training has gone on', async () => {
    let fail = (_error: Error) => {};
    store = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    await add('a');
    const lost = new LockLost();
    fail(lost);
    await until(() => stop.signal.aborted, { what: 'it is stopped', everyMs: 5 });
    expect(stop.signal.reason).toBe(lost);
  });

  it('between two checkpoints stops the attempt', async () => {
    store = isAway;
    await add('a');
    store = async () => {
      throw new LockLost();
    };
    await until(() => stop.signal.aborted, { what: 'it is stopped', everyMs: 5 });
    expect(stop.signal.reason).toBeInstanceOf(LockLost);
  });
});

describe('at the end of the run', () => {
  it('what is held is tried until it is committed', async () => {
    let left = 3;
    store = async () => {
      if (left-- > 0) await isAway();
    };
    await add('a');
    await committer.finish();
    expect(committed).toEqual(['a']);
  });

  it('the attempt fails when that takes too long', async () => {
    store = isAway;
    await add('a');
    await expect(committer.finish()).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  it('a store that does not answer is not waited for any longer', async () => {
    store = hangs;
    await add('a');
    await expect(committer.finish()).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'it did not answer in time',
    });
  });

  it('a stop ends the wait', async () => {
    store = isAway;
    await add('a');
    const finished = committer.finish();
    stop.abort(new Interrupted('stopped'));
    await expect(finished).rejects.toThrow(Interrupted);
  });
});

it('a store that does not answer keeps no attempt from being stopped', async () => {
  store = hangs;
  const added = add('a');
  stop.abort(new Interrupted('stopped'));
  await added;
  expect(await committer.lastTry()).toMatchObject({ message: 'it did not answer in time' });
});

it('a checkpoint that comes late in a stop has what is left of the time until the process must be gone', async () => {
  let answer = () => {};
  store = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  stop.abort(new Interrupted('stopped'));
  await add('late');
  const tried = committer.lastTry();
  answer();
  expect(await tried).toBeNull();
  expect(committed).toEqual(['late']);
});

it('once closed, nothing is tried', async () => {
  let tries = 0;
  store = async () => {
    tries += 1;
    await isAway();
  };
  await add('a');
  committer.close();
  const before = tries;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(tries).toBe(before);
});
