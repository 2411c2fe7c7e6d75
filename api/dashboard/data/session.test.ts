import { afterEach, expect, test, vi } from 'vitest';
import { goToLogin } from './session.ts';

afterEach(() => vi.unstubAllGlobals());

test('requests that are refused at once lead to the login once, and again when the page is shown again', () => {
  const replace = vi.fn();
  const shown = new EventTarget();
  vi.stubGlobal('window', {
    location: { pathname: '/jobs/j1', search: '', replace },
    addEventListener: shown.addEventListener.bind(shown),
  });
  goToLogin();
  goToLogin();
  expect(replace.mock.calls).toEqual([['/login?to=%2Fjobs%2Fj1']]);
  shown.dispatchEvent(new Event('pageshow'));
  goToLogin();
  expect(replace).toHaveBeenCalledTimes(2);
});
