/** What the client makes of servers that do not answer as the API does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ProblemError, TrainyardClient, UnexpectedAnswerError } from './client.ts';

interface Answer {
  status?: number;
  type?: string;
  location?: string;
  body?: string;
}

const problem = { title: 'No', detail: 'not now', status: 409, code: 'job-ended' };
let answer: Answer;
let asked: string[];
let client: TrainyardClient;

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  asked.push(`${request.method} ${request.url}`);
  const { status = 200, type, location, body } = request.url === '/elsewhere' ? { body: '{}' } : answer;
  response.writeHead(status, { 'content-type': type ?? 'application/json', ...(location && { location }) }).end(body);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new TrainyardClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
});

describe('a redirection', () => {
  it.each([301, 302, 303, 307, 308])('by %i is followed to read, but never to change something', async (status) => {
    answer = { status, location: '/elsewhere' };
    expect(await client.get('j1')).toEqual({});
    asked = [];
    await expect(client.submit({ kind: 'train' })).rejects.toThrow(UnexpectedAnswerError);
    await expect(client.remove('j1')).rejects.toThrow(`answers ${status}`);
    expect(asked).toEqual(['POST /v1/jobs', 'DELETE /v1/jobs/j1']);
  });
});

describe('an answer', () => {
  it('may have its media type in any case, with white space', async () => {
    answer = { type: 'Application/JSON ; charset=utf-8', body: '{"ok":true}' };
    expect(await client.health()).toEqual({ ok: true });
  });

  it('of nothing is none, but to a deletion', async () => {
    answer = { status: 204 };
    await expect(client.get('j1')).rejects.toThrow(UnexpectedAnswerError);
    await expect(client.submit({ kind: 'train' })).rejects.toThrow(UnexpectedAnswerError);
    expect(await client.remove('j1')).toBeUndefined();
  });

  it.each<[string, Answer, typeof ProblemError | typeof UnexpectedAnswerError]>([
    ['of the API', { status: 409, body: JSON.stringify(problem) }, ProblemError],
    ['of a proxy', { status: 502, body: '{"title":"Bad gateway","status":502}' }, UnexpectedAnswerError],
    ['that is null', { status: 500, body: 'null' }, UnexpectedAnswerError],
    ['cut short', { status: 500, body: '{"title"' }, UnexpectedAnswerError],
    ['that is none', { status: 200, body: JSON.stringify(problem) }, UnexpectedAnswerError],
  ])('with a problem %s is what it is', async (_, problemAnswer, error) => {
    answer = { type: 'application/problem+json', ...problemAnswer };
    await expect(client.get('j1')).rejects.toThrow(error);
  });
});

it.each(['', '.', '..'])('the id %j asks for nothing else', async (id) => {
  await expect(client.get(id)).rejects.toThrow('has a part that is empty, "." or ".."');
  await expect(client.events(id).next()).rejects.toThrow(TypeError);
  await expect(client.checkpoint('j1', id)).rejects.toThrow(TypeError);
  expect(asked).toEqual([]);
});
