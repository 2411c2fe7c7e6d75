/** A yard over a Redis that speaks TLS alone and knows its users: with their password it works, and nobody is told it. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickPort } from '../scripts/setup/ports.mjs';
import { dismissWatcher, watchedCommand } from '../scripts/setup/watched.mjs';
import { startProcess, type TestProcess, until } from '../shared/testing/processes.ts';
import { findTestRedisServer } from '../shared/testing/redis.ts';
import { TrainyardClient } from './client.ts';

const PASSWORD = 'p@ss:w/rd%41-of-the-yard';
const server = await findTestRedisServer();
const canTls = server.kind === 'binary' && spawnSync('openssl', ['version']).status === 0 && knowsTls(server.path);
if (!canTls) console.warn('SKIPPED, for want of openssl or a redis-server with TLS: a yard over rediss://');

describe.skipIf(!canTls)('over rediss:// with user and password', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-tls-'));
  const started: TestProcess[] = [];
  let redis: ReturnType<typeof spawn>;
  let url: string;

  beforeAll(async () => {
    makeCertificate(folder);
    writeFileSync(join(folder, 'users.acl'), `user default off\nuser yard on >${PASSWORD} ~* &* +@all\n`);
    // the port may be another's by the time it listens
    await until(startRedis, { what: 'Redis has a port' });
  });
  afterAll(async () => {
    for (const one of started) one.kill('SIGKILL');
    await Promise.all(started.map((one) => one.exited));
    dismissWatcher(redis);
    redis.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** @throws Error if it ends */
  async function startRedis(): Promise<boolean> {
    const port = await pickPort();
    url = `rediss://localhost:${port}`;
    const settings = {
      port: '0',
      'tls-port': String(port),
      'tls-cert-file': join(folder, 'cert.pem'),
      'tls-key-file': join(folder, 'key.pem'),
      'tls-auth-clients': 'no',
      aclfile: join(folder, 'users.acl'),
      dir: folder,
      appendonly: 'yes',
      'maxmemory-policy': 'noeviction',
    };
    const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const path = server.kind === 'binary' ? server.path : '';
    const command = watchedCommand([path, ...words], { graceSeconds: 0, signal: 'KILL' });
    redis = spawn(command.file, command.args, {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ignore', 'pipe'],
    });
    const tls = { ca: readFileSync(join(folder, 'cert.pem')) };
    const login = { username: 'yard', password: PASSWORD, tls };
    const probe = new Redis(url, { ...login, maxRetriesPerRequest: null }).on('error', () => {});
    redis.once('exit', () => probe.disconnect());
    try {
      return (await probe.ping()) === 'PONG';
    } catch (error) {
      redis.kill('SIGKILL');
      throw error;
    } finally {
      probe.disconnect();
    }
  }

  function start(script: string, env: Record<string, string>): TestProcess {
    const child = startProcess({
      script,
      env: {
        HOST: undefined,
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
        CHECKPOINT_STORE: undefined,
        LOG_LEVEL: 'debug',
        NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'),
        REDIS_URL: url,
        ...env,
      },
    });
    started.push(child);
    return child;
  }

  async function startApi(env: Record<string, string>) {
    const api = start('api/main.js', env);
    const isListening = (message: unknown): message is { url: string } =>
      (message as { type?: string }).type === 'listening';
    const { url: baseUrl } = await api.message(isListening);
    return { api, baseUrl, client: new TrainyardClient({ baseUrl }) };
  }

  it('a job is trained', async () => {
    const credentials = { REDIS_USERNAME: 'yard', REDIS_PASSWORD: PASSWORD };
    const { api, client } = await startApi(credentials);
    const worker = start('worker/main.js', credentials);
    await until(async () => (await client.readiness()).status === 'ready', { what: 'the API is ready' });
    const { id } = await client.submit({ kind: 'train', spec: { epochs: 1, trainSize: 64, validationSize: 100 } });
    expect((await client.waitForEnd(id)).state).toBe('completed');
    for (const one of [api, worker]) expect(one.output()).not.toContain('of-the-yard');
  });

  it('with another password the API starts, is not ready, and shows neither', async () => {
    const wrong = `wrong-${PASSWORD}`;
    const { api, baseUrl } = await startApi({ REDIS_URL: url.replace('//', `//yard:${encodeURIComponent(wrong)}@`) });
    await until(() => api.output().includes('WRONGPASS'), { what: 'the log says why' });
    const [ready, jobs] = [await fetch(`${baseUrl}/readyz`), await fetch(`${baseUrl}/v1/jobs`)];
    expect([ready.status, jobs.status]).toEqual([503, 503]);
    const shown = (await ready.text()) + (await jobs.text()) + api.output();
    expect(shown).not.toContain('of-the-yard');
  });
});

/** Signed by itself, so that it is its own authority. */
function makeCertificate(folder: string): void {
  const made = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ],
    { encoding: 'utf8' },
  );
  expect(made.status, made.stderr).toBe(0);
}

/** One that was built without TLS stumbles over the first of these settings, any other over the second. */
function knowsTls(path: string): boolean {
  const { stdout, stderr } = spawnSync(path, ['-'], { input: 'tls-port 0\nno-such-setting 1\n', encoding: 'utf8' });
  return (stdout + stderr).includes(">>> 'no-such-setting");
}
