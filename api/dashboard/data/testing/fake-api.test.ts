import { expect, test, vi } from 'vitest';
import { fakeApi } from './fake-api.ts';

const ofBrowsers = () => ['window', 'document', 'EventSource'].filter((name) => name in globalThis);

test('a test that is over leaves nothing of the fake to those of the same process', () => {
  // Whatever those before have left.
  vi.unstubAllGlobals();
  const before = { names: ofBrowsers(), fetch: globalThis.fetch };
  const fake = fakeApi();
  expect(ofBrowsers()).toHaveLength(3);
  fake.restore();
  expect({ names: ofBrowsers(), fetch: globalThis.fetch }).toEqual(before);
});
