/** Signs in as a browser does, by the form, and sends what its pages send. */
import type { TestApi } from './api.ts';

export type BrowserSession = Awaited<ReturnType<typeof signIn>>;

export async function signIn(api: Pick<TestApi, 'url'>, key: string, to = '/') {
  const response = await postLogin(api, { key, to });
  const cookies = response.headers.getSetCookie();
  const cookie = cookies.map((one) => one.split(';')[0]).join('; ');
  const token = /XSRF-TOKEN=([^;]+)/.exec(cookie)?.[1] ?? '';
  return {
    status: response.status,
    location: response.headers.get('location'),
    cookies,
    /** As a page elsewhere would make a browser send it. */
    bare: { cookie },
    /** As a page of ours sends it. */
    headers: { cookie, 'sec-fetch-site': 'same-origin', 'x-xsrf-token': token },
  };
}

export function postLogin(
  { url }: Pick<TestApi, 'url'>,
  fields: Record<string, string>,
  headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
): Promise<Response> {
  return fetch(`${url}/login`, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' });
}
