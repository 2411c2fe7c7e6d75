import { expect, it } from 'vitest';
import { DamagedCheckpoint } from '../shared/checkpoints/safetensors.ts';
import type { Logger } from '../shared/process.ts';
import { createFailureLog } from './failure-log.ts';
import { toHttpError } from './problem.ts';

const REQUEST = { method: 'GET', url: '/v1/jobs', requestId: 'r1' };

function start() {
  const lines: { level: string; [field: string]: unknown }[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, ...fields, message });
  const logger = { error: at('error'), warn: at('warn'), debug: at('debug') } as unknown as Logger;
  let now = 0;
  const log = createFailureLog(logger, () => now);
  return {
    shown: () => lines.filter(({ level }) => level !== 'debug'),
    fail: (error: Error) => log(toHttpError(error), error, REQUEST),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

it('while Redis hangs, one line in ten seconds tells of it, however many requests fail', () => {
  const { shown, fail, pass } = start();
  for (let i = 0; i < 60; i += 1) fail(new Error('Command timed out'));
  expect(shown()).toHaveLength(1);
  expect(shown()[0]).toMatchObject({ level: 'warn', ...REQUEST, error: 'Command timed out' });
  pass(10_000);
  fail(new Error('Command timed out'));
  expect(shown()).toHaveLength(2);
  expect(shown()[1]).toMatchObject({ alsoSinceTheLastLine: 59 });
});

it('each damaged checkpoint has its line, without a stack; a fault of ours has one', () => {
  const { shown, fail } = start();
  fail(new DamagedCheckpoint('checkpoint a is damaged'));
  fail(new DamagedCheckpoint('checkpoint b is damaged'));
  fail(new TypeError('x is undefined'));
  expect(shown().map(({ error }) => error)).toEqual([
    'checkpoint a is damaged',
    'checkpoint b is damaged',
    'x is undefined',
  ]);
  expect(shown().map(({ stack }) => stack !== undefined)).toEqual([false, false, true]);
});
