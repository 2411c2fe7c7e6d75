/** The API as a process of its own: how it starts, what it says, how it stops. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startProcess, type TestProcess, until } from '../shared/testing/processes.ts';
import { startTestRedis, type TestRedis } from '../shared/testing/redis.ts';
import { expectWithin, msOf } from '../shared/testing/within.ts';
import { openEventSource } from './testing/event-source.ts';

interface Listening {
  type: 'listening';
  url: string;
  board: string;
  note?: string;
}

let redis: TestRedis;
let folder: string;
const started: TestProcess[] = [];

beforeAll(async () => {
  redis = await startTestRedis();
  folder = mkdtempSync(join(tmpdir(), 'trainyard-main-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    child.kill('SIGKILL');
    await child.exited;
  }
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

function startApi(env: Record<string, string | undefined> = {}): TestProcess {
  const child = startProcess({
    script: 'api/main.js',
    env: {
      ...{
        HOST: '127.0.0.1',
        PORT: '0',
        METRICS_PORT: undefined,
        REDIS_URL: redis.url,
        DATA_DIR: folder,
        LOG_LEVEL: 'info',
      },
      ...env,
    },
  });
  started.push(child);
  return child;
}

const submission = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"kind": "train"}' };

const listening = (child: TestProcess) =>
  child.message((message): message is Listening => (message as Listening | null)?.type === 'listening');

/** A port that something else listens on until the end of the test. */
async function takePort(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as { port: number }).port };
}

describe('the API process', () => {
  it('says where it listens, once Redis is there, and serves', async () => {
    const child = startApi();
    const { url, board, note } = await listening(child);
    expect(child.output()).toMatch(/Redis is there.*the API listens/s);
    expect(board).toBe(`${url}/admin/queues`);
    expect(note).toBeUndefined();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(board)).status).toBe(200);
  });

  it('starts while Redis is away, says so once, and recovers by itself', async () => {
    await redis.kill();
    const child = startApi();
    const { url } = await listening(child);
    try {
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      expect((await fetch(`${url}/readyz`)).status).toBe(503);
      expect((await fetch(`${url}/v1/jobs`)).status).toBe(503);
    } finally {
      await redis.restart();
    }
    await until(async () => (await fetch(`${url}/readyz`)).status === 200, { what: 'it is ready' });
    expect((await fetch(`${url}/v1/jobs`)).status).toBe(200);
    // While it starts, it may be away for another reason.
    expect(child.output().match(/ECONNREFUSED.*Redis is away/g)).toHaveLength(1);
    expect(child.output()).toContain('Redis is back');
  });

  it('warns of a Redis that may lose jobs', async () => {
    const { Redis } = await import('ioredis');
    const connection = new Redis(redis.url);
    await connection.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      const child = startApi();
      await listening(child);
      await until(() => child.output().includes('maxmemory-policy is allkeys-lru, it must be noeviction'), {
        what: 'the warning',
      });
    } finally {
      await connection.config('SET', 'maxmemory-policy', 'noeviction');
      connection.disconnect();
    }
  });

  it('starts on an address that others reach with keys alone, and says how to get some', async () => {
    const refused = startApi({ HOST: '0.0.0.0' });
    expect((await refused.exited).code).toBe(1);
    expect(refused.output()).toContain('npm run key -- --name NAME --role admin');
    const file = join(folder, 'keys.json');
    const missing = startApi({ HOST: '0.0.0.0', API_KEYS_FILE: file });
    expect((await missing.exited).code).toBe(1);
    expect(missing.output()).toContain(`npm run key -- --name NAME --role admin --file ${file}`);

    const maker = startProcess({ script: 'api/key.js', args: ['--name', 'first', '--role', 'admin', '--file', file] });
    started.push(maker);
    expect((await maker.exited).code).toBe(0);
    const key = /^ty_\S{43}$/m.exec(maker.output())?.[0] ?? '';
    const api = startApi({ HOST: '0.0.0.0', API_KEYS_FILE: file });
    const url = (await listening(api)).url.replace('0.0.0.0', '127.0.0.1');
    await until(async () => (await fetch(`${url}/readyz`)).status === 200, { what: 'it is ready' });
    const ask = (headers: Record<string, string>) => fetch(`${url}/v1/me`, { headers });
    expect((await ask({})).status).toBe(401);
    expect(await (await ask({ authorization: `Bearer ${key}` })).json()).toMatchObject({ name: 'first' });
    expect(api.output()).not.toContain(key);
  });

  it('does not start on a port that is taken when that one was asked for', async () => {
    const { server, port } = await takePort(0);
    onTestFinished(() => void server.close());
    const child = startApi({ PORT: String(port) });
    expect((await child.exited).code).toBe(1);
    expect(child.output()).toContain(`cannot listen on 127.0.0.1, port ${port}: something else listens there already`);
    expect(child.output()).not.toContain('at ');
  });

  it('takes the next free port when none was asked for and 3000 is taken, and says so', async () => {
    // whoever has it, it is taken
    const mine = await takePort(3000).catch(() => null);
    onTestFinished(() => void mine?.server.close());
    const { url, note } = await listening(startApi({ PORT: undefined }));
    const port = Number(new URL(url).port);
    expect(port).toBeGreaterThan(3000);
    expect(note).toBe(`Port 3000 is taken: the API listens on ${port} instead (set PORT to choose).`);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('ends open requests before it stops, and takes no new ones', async () => {
    // a client that keeps its connection does not hold the process up
    await expectWithin(2000, async () => {
      const child = startApi();
      const { url } = await listening(child);
      await until(async () => (await fetch(`${url}/readyz`)).status === 200, { what: 'it is ready' });
      const body = '{"kind": "train"}';
      const open = request(`${url}/v1/jobs`, {
        method: 'POST',
        agent: new Agent({ keepAlive: true }),
        headers: { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' },
      });
      const answered = once(open, 'response') as Promise<[IncomingMessage]>;
      open.flushHeaders();
      await once(open, 'continue');

      child.kill('SIGTERM');
      await until(() => child.output().includes('"stopping"'), { what: 'it stops' });
      await expect(fetch(`${url}/healthz`)).rejects.toThrow();
      open.end(body);
      const [answer] = await answered;
      expect(answer.statusCode).toBe(202);
      return msOf(async () => expect(await child.exited).toEqual({ code: 0, signal: null }));
    });
  });

  it('ends event streams at once when it stops, so that clients go on elsewhere', async () => {
    await expectWithin(2000, async () => {
      const child = startApi();
      const { url } = await listening(child);
      await until(async () => (await fetch(`${url}/readyz`)).status === 200, { what: 'it is ready' });
      const { id } = (await (await fetch(`${url}/v1/jobs`, submission)).json()) as { id: string };
      const streams = [await openEventSource(`${url}/v1/jobs/${id}/events`), await openEventSource(`${url}/v1/events`)];
      await streams[0]?.event('waiting', ({ data }) => data.state === 'waiting');
      return msOf(async () => {
        child.kill('SIGTERM');
        for (const stream of streams) await stream.ended();
        expect(await child.exited).toEqual({ code: 0, signal: null });
      });
    });
  });

  it('leaves when its parent is gone', async () => {
    const child = startApi();
    await listening(child);
    child.child.disconnect();
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.output()).toContain('the parent process is gone');
  });
});
