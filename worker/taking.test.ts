import { beforeEach, expect, it } from 'vitest';
import type { QueueName } from '../shared/engines.ts';
import { createLogger } from '../shared/process.ts';
import { createTaking } from './taking.ts';

const FAULT = new Error('no GPU');
let served: [QueueName, boolean][];
let takers: Map<QueueName, ReturnType<typeof fakeTaker>>;
let taking: ReturnType<typeof createTaking>;

/** What this module does with a worker of BullMQ, which would need Redis. */
function fakeTaker() {
  let isRunning = false;
  let isPaused = false;
  return {
    async run() {
      isRunning = true;
    },
    async pause() {
      isPaused = true;
    },
    async resume() {
      isPaused = false;
    },
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
  taking.servedBy(['train-gpu'], null);
  taking.servedBy(['train-gpu'], null);
  expect(taken()).toEqual(['train-cpu', 'train-gpu']);
  expect(served).toEqual([
    ['train-gpu', false],
    ['train-gpu', true],
  ]);
});

it.each([true, false])('drops one for good that no trainer is kept for, dropped before (%s) or not', (isDropped) => {
  if (isDropped) taking.servedBy(['train-gpu'], FAULT);
  taking.drop('train-gpu', 'file too short', true);
  taking.servedBy(['train-cpu', 'train-gpu'], FAULT);
  taking.servedBy(['train-cpu', 'train-gpu'], null);
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
  taking.servedBy(['train-gpu'], null);
  expect(taken()).toEqual([]);
  taking.goOn('store');
  expect(taken()).toEqual(['train-cpu', 'train-gpu']);
});
