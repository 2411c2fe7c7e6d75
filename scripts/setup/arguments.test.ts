import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { readFlags, readTestArguments } from './arguments.mjs';
import { isNodeRecentEnough } from './node-version.mjs';

const START = { command: 'npm start', flags: ['--demo'] as const };

test('flags that are known', () => {
  expect([...readFlags(['--demo'], START)]).toEqual(['--demo']);
  expect([...readFlags([], START)]).toEqual([]);
});

test('every unknown argument is named, and what is allowed', () => {
  expect(() => readFlags(['--dmeo', 'now'], START)).toThrow(
    'npm start does not know "--dmeo", "now". Allowed: npm start -- --demo.',
  );
  expect(() => readFlags(['x'], { command: 'npm run api', flags: [] })).toThrow('Allowed: no arguments.');
});

test('test files by a part of their path, compiled or not, and tests by name', () => {
  expect(readTestArguments(['worker/data', './shared/jobs.test.ts', '-t', 'hash'])).toEqual({
    files: ['worker/data', 'shared/jobs.test.js'],
    testName: 'hash',
    allNodes: false,
  });
  expect(readTestArguments(['--all-nodes'])).toEqual({ files: [], testName: null, allNodes: true });
  expect(() => readTestArguments(['--watch'])).toThrow(/does not know "--watch"/);
  expect(() => readTestArguments(['-t'])).toThrow(/needs the name/);
});

test.each([
  ['start.mjs', '--dmeo', /npm start does not know "--dmeo"/],
  ['run.mjs', 'trainer', /npm run api, or npm run worker/],
  ['build.mjs', '--fast', /npm run build does not know "--fast"/],
])('%s %s ends with code 1 and no stack', (script, argument, message) => {
  const { status, stderr } = spawnSync(process.execPath, [packageFile(`scripts/${script}`), argument], {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n {4}at /);
  expect(status).toBe(1);
});

test.each([
  ['20.19.0', true],
  ['22.0.0', true],
  ['20.18.3', false],
  ['18.20.4', false],
  ['100.0.0', true],
])('Node %s for >=20.19: %s', (version, recent) => {
  expect(isNodeRecentEnough(version, '>=20.19')).toBe(recent);
});
