import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { packageFile } from './package-root.ts';
import { withCredentials } from './redis-url.mjs';
import { beginningOf, withoutSecrets } from './secrets.ts';

const KEY = `ty_${'aB3-_'.repeat(8)}xyz`;

it('no key and no password of a Redis is left in a text', () => {
  const text = `{"url":"/v1/jobs?key=${KEY}","redis":"rediss://user:p@ss:w/rd@redis.example:6379/1","why":"x@y"}`;
  expect(withoutSecrets(text)).toBe(
    '{"url":"/v1/jobs?key=ty_(not shown)","redis":"rediss://user:(not shown)@redis.example:6379/1","why":"x@y"}',
  );
  for (const before of ['%20', '\\n', 'X', '_']) expect(withoutSecrets(before + KEY)).toBe(`${before}ty_(not shown)`);
  expect(beginningOf(`/${'x'.repeat(30)}${KEY}`, 50)).toBe(`/${'x'.repeat(30)}ty_(not shown)`);
  expect(withoutSecrets('s3://id:sec/ret@bucket')).toBe('s3://id:(not shown)@bucket');
  expect(withoutSecrets('http://h:3000/@bull-board/x')).toBe('http://h:3000/@bull-board/x');
  expect(withoutSecrets('redis://127.0.0.1:6379 ty_short')).toBe('redis://127.0.0.1:6379 ty_short');
});

it('nor in a log, wherever it stands in what is logged', () => {
  const program = `
    import { createLogger } from ${JSON.stringify(packageFile('dist/shared/process.js'))};
    const logger = createLogger('test', 'info');
    logger.info({ headers: { authorization: 'Basic dTpw', cookie: 'trainyard=abc' } }, 'a request');
    logger.info({ error: 'connect to redis://u:hidden@h failed' }, 'with ${KEY}');`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(stdout.trim().split('\n')).toHaveLength(2);
  for (const secret of ['dTpw', 'abc', 'hidden', KEY]) expect(stdout).not.toContain(secret);
});

it('user and password of a Secret fill in what the URL lacks, whatever characters they have', () => {
  const env = { REDIS_USERNAME: 'yard', REDIS_PASSWORD: 'p@ss:w/rd%41' };
  const { username, password, host } = new URL(withCredentials('rediss://redis:6380', env));
  expect([username, password, host].map(decodeURIComponent)).toEqual(['yard', 'p@ss:w/rd%41', 'redis:6380']);
  expect(withCredentials('redis://a:b@redis', env)).toBe('redis://a:b@redis');
  expect(withCredentials('redis://redis:6379', {})).toBe('redis://redis:6379');
});
