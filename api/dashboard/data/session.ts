/** Who the user is, what they may do, and how they leave. */
import { signal } from '@preact/signals';
import { LOGIN_PATH, LOGOUT_PATH, loginPath } from '../../access/login-path.ts';
import { includesRole, type Role } from '../../access/roles.ts';
import type { Me } from '../../client.ts';

/** null: not known, as the API did not answer when the dashboard started. It decides anyway. */
export const me = signal<Me | null>(null);

export function may(role: Role): boolean {
  return me.value === null || includesRole(me.value.role, role);
}

/** There is nothing to see without a session. */
export function goToLogin(): void {
  leaveFor(loginPath(window.location.pathname + window.location.search));
}

/** After which the user must have stopped it, or have come back to the page. */
const LEAVING_MS = 5000;
let leaving = false;

/** Once, whatever else is refused meanwhile: each navigation would break the one before off. */
function leaveFor(path: string): void {
  if (leaving) return;
  leaving = true;
  setTimeout(() => {
    leaving = false;
  }, LEAVING_MS);
  window.location.replace(path);
}

/** The global fetch, with the proof that a request which changes something comes from a page of ours. */
export const fetchFromOurPage: typeof fetch = (url, init) => {
  const token = /(?:^|; )XSRF-TOKEN=([^;]*)/.exec(document.cookie)?.[1];
  if (token === undefined || (init?.method ?? 'GET') === 'GET') return fetch(url, init);
  return fetch(url, { ...init, headers: { ...init?.headers, 'x-xsrf-token': token } as HeadersInit });
};

/** @throws Error if the session may go on; 401: it was over before */
export async function signOut(): Promise<void> {
  const answer = await fetchFromOurPage(LOGOUT_PATH, { method: 'POST' });
  if (!answer.ok && answer.status !== 401) {
    const { detail } = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(detail ?? `the API answers ${answer.status}`);
  }
  leaveFor(LOGIN_PATH);
}
