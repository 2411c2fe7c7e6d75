import { afterEach, expect, test, vi } from 'vitest';
import { goToLogin } from './session.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('requests that are refused at once lead to the login once, and later ones again', () => {
  vi.useFakeTimers();
  const replace = vi.fn();
  vi.stubGlobal('window', { location: { pathname: '/jobs/j1', search: '', replace } });
  goToLogin();
  goToLogin();
  expect(replace.mock.calls).toEqual([['/login?to=%2Fjobs%2Fj1']]);
  vi.runAllTimers();
  goToLogin();
  expect(replace).toHaveBeenCalledTimes(2);
});
