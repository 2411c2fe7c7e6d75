import { expect, test, vi } from 'vitest';
import { api, isNotFound } from './api.ts';

test.each(['', '.', '..', 'counts', '__proto__'])('%j is no job, and nothing else is asked for instead', async (id) => {
  const fetch = vi.spyOn(globalThis, 'fetch');
  for (const ask of [api.get, api.metrics, api.checkpoints])
    expect(isNotFound(await ask(id).catch((e) => e))).toBe(true);
  expect(fetch).not.toHaveBeenCalled();
  fetch.mockRestore();
});
