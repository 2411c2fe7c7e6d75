/** Where the login page is. Without imports, for the dashboard too. */
export const LOGIN_PATH = '/login';
export const LOGOUT_PATH = '/logout';

/** @param to path and query of the page to come back to */
export function loginPath(to: string): string {
  return to === '/' ? LOGIN_PATH : `${LOGIN_PATH}?to=${encodeURIComponent(to)}`;
}
