/** Addresses: which page an address shows, and how to get to another. Plain links work: clicks on them are taken over. */
import { computed, signal } from '@preact/signals';
import { DASHBOARD_PAGES, type DashboardPage } from '../dashboard-pages.ts';

export interface Match {
  page: DashboardPage;
  params: Record<string, string>;
}

interface Address {
  path: string;
  search: string;
}

const PATTERNS = Object.entries(DASHBOARD_PAGES).map(([page, path]) => ({
  page: page as DashboardPage,
  pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}));

const here = (): Address => ({ path: window.location.pathname, search: window.location.search });

export const address = signal<Address>(here());
export const query = computed(() => new URLSearchParams(address.value.search));
export const match = computed(() => matchPath(address.value.path));

export function matchPath(path: string): Match | null {
  for (const { page, pattern } of PATTERNS) {
    const found = pattern.exec(path);
    if (found) return { page, params: { ...found.groups } };
  }
  return null;
}

/** @param to path and query; `replace` leaves no entry in the history, as for filters while one types */
export function navigate(to: string, { replace = false } = {}): void {
  if (replace) window.history.replaceState(null, '', to);
  else window.history.pushState(null, '', to);
  const { path } = address.value;
  address.value = here();
  if (path !== address.value.path) window.scrollTo(0, 0);
}

/** Sets or (with null or '') removes parts of the query, in place. */
export function setQuery(changes: Record<string, string | null>): void {
  const next = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
  }
  // A comma has no meaning in a query: lists of ids stay readable.
  const search = next.toString().replaceAll('%2C', ',');
  navigate(window.location.pathname + (search === '' ? '' : `?${search}`), { replace: true });
}

export function startRouter(): () => void {
  const onPopState = () => {
    address.value = here();
  };
  const onClick = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (url.origin !== window.location.origin || url.hash !== '' || matchPath(url.pathname) === null) return;
    event.preventDefault();
    navigate(url.pathname + url.search);
  };
  window.addEventListener('popstate', onPopState);
  document.addEventListener('click', onClick);
  return () => {
    window.removeEventListener('popstate', onPopState);
    document.removeEventListener('click', onClick);
  };
}
