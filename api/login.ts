/** Signing in and out: an API key for the session of a browser. */
import express, { type Request, type Response, Router } from 'express';
import { HttpError } from '../shared/errors.ts';
import type { Access } from './access/access.ts';
import type { Audit } from './access/audit.ts';
import { callerOf } from './access/caller.ts';
import { clearSessionCookies, sessionIdOf, setSessionCookies } from './access/cookies.ts';
import { notOurPage } from './access/forgery.ts';
import { hashOf, type KeyEntry } from './access/keys.ts';
import { LOGIN_PATH, LOGOUT_PATH } from './access/login-path.ts';
import type { BuiltFiles } from './built-files.ts';
import { contentSecurityPolicy } from './security-headers.ts';

const POLICY = contentSecurityPolicy({
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'form-action': "'self'",
});

interface LoginOptions {
  access: Access;
  audit: Audit;
  files: BuiltFiles;
}

export function createLogin({ access, audit, files }: LoginOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const { withKeys } = access;
  if (withKeys === null) {
    return router.get(LOGIN_PATH, (_request, response) => response.redirect(303, '/'));
  }
  const { keys, sessions, limits, streams } = withKeys;

  function show(request: Request, response: Response, fault = ''): void {
    const page = files.at('/login.html')?.bytes.toString() ?? '';
    const values: Record<string, string> = { fault, to: pathOf(request.body?.to ?? request.query.to) };
    response
      .set({ 'content-security-policy': POLICY, 'cache-control': 'no-store' })
      .type('html')
      .send(page.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => escapeHtml(values[name] ?? '')));
  }

  async function signIn(request: Request, response: Response): Promise<void> {
    const note = (outcome: string, actor?: KeyEntry) =>
      audit.record(request, response, { action: 'sign-in', outcome, ...(actor && { actor }) });
    const forged = notOurPage(request);
    if (forged) {
      await note(forged.code);
      throw forged;
    }
    const { key, to } = (request.body ?? {}) as { key?: unknown; to?: unknown };
    const entry = typeof key === 'string' ? keys.find(key.trim()) : undefined;
    if (entry === undefined) {
      // Only what failed counts: whoever has a key gets in, whatever strangers behind the same address try. As guessing
      // one of 2^256 keys is hopeless anyway, that lets nobody in who has none.
      const limited = await limits.login(request, response).then(() => false, ifLimited);
      if (limited) {
        await note('rate-limited');
        show(request, response.status(429), 'Too many attempts. Wait ten minutes, then try again.');
        return;
      }
      await note('not-authenticated');
      show(request, response.status(401), 'This is not one of the keys.');
      return;
    }
    await limits.forgetLogins(request);
    const before = sessionIdOf(request);
    if (before !== undefined) await sessions.end(hashOf(before));
    const { id, csrfToken } = await sessions.begin(entry);
    await note('done', entry);
    setSessionCookies(request, response, id, csrfToken);
    response.redirect(303, pathOf(to));
  }

  async function signOut(request: Request, response: Response): Promise<void> {
    const caller = callerOf(response);
    if (caller.session) {
      await sessions.end(caller.session.hash);
      streams.endOf(caller);
      await audit.record(request, response, { action: 'sign-out', outcome: 'done' });
      clearSessionCookies(request, response);
    }
    response.status(204).end();
  }

  router.get(LOGIN_PATH, (request, response) => show(request, response));
  router.post(LOGIN_PATH, express.urlencoded({ extended: false, limit: '4kb' }), signIn);
  router.post(LOGOUT_PATH, access.require('viewer'), signOut);
  return router;
}

function ifLimited(error: unknown): true {
  if (error instanceof HttpError && error.status === 429) return true;
  throw error;
}

/** Only within this API: a login page that leads elsewhere would serve whoever wrote the link. */
function pathOf(to: unknown): string {
  if (typeof to !== 'string' || !URL.canParse(to, 'http://here')) return '/';
  const { origin, pathname, search } = new URL(to, 'http://here');
  return origin === 'http://here' && !pathname.startsWith('//') ? pathname + search : '/';
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
