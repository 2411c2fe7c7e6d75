import { expect, test, vi } from 'vitest';
import { newestWins } from './newest-wins.ts';

test('one at a time, and of those that come meanwhile only the newest', async () => {
  const started: number[] = [];
  const endings: (() => void)[] = [];
  const ask = newestWins<number>((item) => {
    started.push(item);
    return new Promise((resolve) => endings.push(resolve));
  });
  for (const item of [1, 2, 3]) ask(item);
  expect(started).toEqual([1]);
  endings.shift()?.();
  await vi.waitFor(() => expect(started).toEqual([1, 3]));
  endings.shift()?.();
  ask(4);
  await vi.waitFor(() => expect(started).toEqual([1, 3, 4]));
});
