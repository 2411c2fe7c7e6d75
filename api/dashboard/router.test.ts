import { beforeAll, expect, test, vi } from 'vitest';

let matchPath: typeof import('./router.ts').matchPath;
beforeAll(async () => {
  vi.stubGlobal('window', { location: { pathname: '/', search: '' } });
  ({ matchPath } = await import('./router.ts'));
});

test('addresses lead to their pages, and others to none', () => {
  expect(matchPath('/')).toEqual({ page: 'jobs', params: {} });
  expect(matchPath('/jobs/j1')).toEqual({ page: 'job', params: { id: 'j1' } });
  expect(matchPath('/compare')).toEqual({ page: 'compare', params: {} });
  expect([matchPath('/jobs'), matchPath('/jobs/j1/log'), matchPath('/v1/jobs')]).toEqual([null, null, null]);
});
