import { expect, it } from 'vitest';
import { remember } from './remember.ts';

it('what is remembered is loaded once, also for two who ask at the same time', async () => {
  let loads = 0;
  const get = remember(async () => {
    loads += 1;
    return loads;
  });
  expect(await Promise.all([get(), get()])).toEqual([1, 1]);
  expect(await get()).toBe(1);
});

it('a failure is not remembered', async () => {
  const answers = [() => Promise.reject(new Error('no file handle is free')), () => Promise.resolve('the library')];
  const get = remember(() => answers.shift()?.() ?? Promise.reject(new Error('loaded once too often')));
  await expect(get()).rejects.toThrow('no file handle is free');
  expect(await get()).toBe('the library');
  expect(await get()).toBe('the library');
});
