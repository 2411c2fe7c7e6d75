import { beforeAll, expect, test, vi } from 'vitest';

let filterOf: typeof import('./filters.tsx').filterOf;
beforeAll(async () => {
  vi.stubGlobal('window', { location: { pathname: '/', search: '' } });
  ({ filterOf } = await import('./filters.tsx'));
});

test('an address filters by what it may, and whatever else it says is left out', () => {
  const of = (search: string) => filterOf(new URLSearchParams(search));
  expect(of('state=failed&kind=eval&tag=a&name=%20wide%20')).toEqual({
    state: 'failed',
    kind: 'eval',
    tag: 'a',
    name: 'wide',
  });
  expect(of('state=lost&kind=toString&tag=&name=%20&other=1')).toEqual({});
});
