/** One request over fetch and its answer, or a clear error. */
import type { Problem } from '../shared/errors.ts';
import { ProblemError, UnexpectedAnswerError, UnreachableError } from './client-errors.ts';

export interface ClientOptions {
  /** Where the API is, `http://127.0.0.1:3000` say; without it requests go to the page's own origin. */
  baseUrl?: string;
  /** Instead of the global one. */
  fetch?: typeof fetch;
  /** An API key: `ty_…`. */
  apiKey?: string;
  /** Sent with each request. */
  headers?: Record<string, string>;
}

export interface CallOptions {
  /** Ends the request: it fails with the signal's reason. */
  signal?: AbortSignal | undefined;
}

interface Call extends CallOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  /** Media type that is asked for. */
  accept?: string;
  /** A status that is an answer, too, though it is no success. */
  alsoGood?: number;
}

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

export type Requester = ReturnType<typeof createRequester>;

export function createRequester(options: ClientOptions) {
  const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '');
  const key = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
  // by its name at each call, so that whoever replaces the global one is heard
  const send: typeof fetch = options.fetch ?? ((...request) => fetch(...request));

  /** The head of an answer of that media type. */
  async function open(path: string, call: Call = {}): Promise<Response> {
    const { method = 'GET', body, accept = JSON_TYPE, signal } = call;
    // fetch would take such a part out, and ask for something else
    if (/\/\.{0,2}(\/|$)/.test(path)) throw new TypeError(`${path} has a part that is empty, "." or ".."`);
    const url = `${baseUrl}${path}${queryOf(call.query ?? {})}`;
    const headers = { ...key, ...options.headers, ...call.headers, accept };
    const init: RequestInit =
      body === undefined
        ? { method, headers }
        : { method, headers: { ...headers, 'content-type': JSON_TYPE }, body: JSON.stringify(body) };
    if (signal) init.signal = signal;
    // followed, a POST may become a GET: what it should have done is not done, and the answer is another's
    if (method !== 'GET') init.redirect = 'manual';
    return whole(url, signal, async () => {
      const response = await send(url, init);
      const type = (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
      const isGood = response.ok || response.status === call.alsoGood;
      const isExpected = response.status === 204 ? method === 'DELETE' : type === accept;
      if (isGood && isExpected) return response;
      if (!isGood && type === PROBLEM_TYPE) {
        const problem = parseProblem(await response.text());
        if (problem !== null) throw new ProblemError(problem);
      }
      if (!response.bodyUsed) await response.body?.cancel();
      throw new UnexpectedAnswerError(url, response);
    });
  }

  async function read<T>(path: string, call: Call, how: (response: Response) => Promise<T>): Promise<T> {
    const response = await open(path, call);
    return whole(response.url || path, call.signal, () => how(response));
  }

  return {
    open,
    json: <T>(path: string, call: Call = {}): Promise<T> =>
      read(path, call, async (response) => (response.status === 204 ? undefined : await response.json()) as T),
    text: (path: string, call: Call): Promise<string> => read(path, call, (response) => response.text()),
    bytes: (path: string, call: Call): Promise<Uint8Array<ArrayBuffer>> =>
      read(path, call, async (response) => new Uint8Array(await response.arrayBuffer())),
  };
}

/** null if it is none of the API's: proxies write problems, too. */
function parseProblem(text: string): Problem | null {
  try {
    const { code, title, detail, status } = JSON.parse(text) as Record<string, unknown>;
    const isOurs = [code, title, detail].every((word) => typeof word === 'string') && typeof status === 'number';
    return isOurs ? (JSON.parse(text) as Problem) : null;
  } catch {
    return null;
  }
}

/** What fetch throws is TypeErrors of few words. */
async function whole<T>(url: string, signal: AbortSignal | undefined, part: () => Promise<T>): Promise<T> {
  try {
    return await part();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof ProblemError || error instanceof UnexpectedAnswerError) throw error;
    throw new UnreachableError(url, error);
  }
}

function queryOf(query: NonNullable<Call['query']>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') given.set(name, String(value));
  }
  return given.size === 0 ? '' : `?${given}`;
}
