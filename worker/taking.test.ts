import { beforeEach, expect, it, vi } from 'vitest';
import type { QueueName } from '../shared/engines.ts';
import { createLogger } from '../shared/process.ts';
import { createTaking } from './taking.ts';

const FAULT = new Error('no GPU');
let served: [QueueName, number][];
let takers: Map<QueueName, ReturnType<typeof fakeTaker>>;
let taking: ReturnType<typeof createTaking>;

/** What this module does with a worker of BullMQ, which would need Redis. */
function fakeTaker() {
  let isRunning = false;
  let isPaused = false;
  const resume = vi.fn(async () => {
    isPaused = false;
  });
  return {
    concurrency: 2,
    async run() {
      isRunning = true;
    },
    async pause() {
      isPaused = true;
    },
    resume,
    isRunning: () => isRunning,
    isPaused: () => isPaused,
  };
}

const taken = () =>
  [...takers].filter(([, { isRunning, isPaused }]) => isRunning() && !isPaused()).map(([name]) => name);

beforeEach(() => {
  served = [];
  takers = new Map([
    ['train-cpu', fakeTaker()],
    ['train-gpu', fakeTaker()],
  ]);
  taking = createTaking({
    takers,
    onServed: (...told) => served.push(told),
    logger: createLogger('test', 'silent'),
  });
  taking.begin();
});

it('drops a queue until its trainers have their engine, and goes on with others', () => {
  expect(taken()).toEqual(['train-cpu', 'train-gpu']);
  taking.servedBy(['train-gpu'], FAULT);
  taking.drop('train-gpu', 'as an attempt found too', false);
  expect(taken()).toEqual(['train-cpu']);
  expect(taking.dropped()).toEqual([{ queue: 'train-gpu', why: 'as an attempt found too' }]);
  taking.servedBy(['train-gpu'], 2);
  taking.servedBy(['train-gpu'], 2);
  expect(taken()).toEqual(['train-cpu', 'train-gpu']);
  expect(served).toEqual([
    ['train-gpu', 0],
    ['train-gpu', 2],
  ]);
});

it('takes as many jobs of a queue at once as its trainers can do, dropped in between or not', () => {
  const { resume } = takers.get('train-gpu') ?? expect.fail();
  const atOnce = () => [...takers.values()].map(({ concurrency }) => concurrency);
  taking.servedBy(['train-gpu'], 1);
  taking.servedBy(['train-gpu'], 1);
  expect(atOnce()).toEqual([2, 1]);
  expect(resume, 'it has more than enough').not.toHaveBeenCalled();
  taking.servedBy(['train-gpu'], FAULT);
  taking.servedBy(['train-gpu'], 1);
  resume.mockClear();
  taking.servedBy(['train-gpu'], 2);
  expect(atOnce()).toEqual([2, 2]);
  expect(resume, 'it looks for another').toHaveBeenCalledTimes(1);
  expect(served.map(([, slots]) => slots)).toEqual([1, 0, 1, 2]);
  expect(taken()).toEqual(['train-cpu', 'train-gpu']);
});

it.each([true, false])('drops one for good that no trainer is kept for, dropped before (%s) or not', (isDropped) => {
  if (isDropped) taking.servedBy(['train-gpu'], FAULT);
  taking.drop('train-gpu', 'file too short', true);
  taking.servedBy(['train-cpu', 'train-gpu'], FAULT);
  taking.servedBy(['train-cpu', 'train-gpu'], 2);
  expect(taken()).toEqual(['train-cpu']);
  expect(taking.isDropped('train-gpu')).toBe(true);
});

it('takes nothing while it rests for any reason, and a dropped queue not after that either', () => {
  taking.rest('store');
  taking.servedBy(['train-gpu'], FAULT);
  taking.rest('redis');
  taking.goOn('store');
  expect(taken()).toEqual([]);
  taking.goOn('redis');
  expect(taken()).toEqual(['train-cpu']);
  taking.rest('store');
  taking.servedBy(['train-gpu'], 2);
  expect(taken()).toEqual([]);
  taking.goOn('store');
  expect(taken()).toEqual(['train-cpu', 'train-gpu']);
});
