/** What both Dockerfiles promise, read from the files: there need be no Docker here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { packageFile, packageVersion } from '../../shared/package-root.ts';
import { execForm, type Instruction, pairs, readDockerfile, type Stage } from './dockerfile.ts';
import { reachesBuilder } from './dockerignore.ts';

const read = (path: string) => readDockerfile(readFileSync(packageFile(path), 'utf8'));
const API = read('api/Dockerfile');
const WORKER = read('worker/Dockerfile');
const IMAGES = [
  { name: 'trainyard-api', stages: API, target: 'api' },
  { name: 'trainyard-worker', stages: WORKER, target: 'cpu' },
];

const stage = (stages: Stage[], name: string) => stages.find((candidate) => candidate.name === name) as Stage;
const last = ({ instructions }: Stage, name: string) =>
  instructions.findLast((instruction) => instruction.name === name) as Instruction;

describe.each(IMAGES)('$name', ({ name, stages, target }) => {
  const image = stage(stages, target);

  test('is what is built when no target is named', () => {
    expect(stages.at(-1)).toBe(image);
  });

  test('stands on bases that are pinned', () => {
    for (const { base } of stages) expect(base).toMatch(/^node:\d+\.\d+\.\d+-\w+-slim(@sha256:[0-9a-f]{64})?$/);
  });

  test('runs as nobody that the system knows, by number, so that Kubernetes can tell it from root', () => {
    expect(last(image, 'USER').text).toBe('10001:10001');
  });

  test('starts by tini, with no shell between signal and process', () => {
    expect(execForm(last(image, 'ENTRYPOINT').text)).toEqual(['/usr/bin/tini', '--']);
    const [program, , script = ''] = execForm(last(image, 'CMD').text);
    expect(program).toBe('node');
    expect(existsSync(packageFile(script)), script).toBe(true);
  });

  test('tells its health by Node, as it has no curl: well with 200, ill with 503 or no answer', async () => {
    const [program, ...args] = execForm(last(image, 'HEALTHCHECK').text);
    expect(program).toBe('node');
    let status = 200;
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const check = async () => {
      const child = spawn(process.execPath, args, { env: { PORT: port, METRICS_PORT: port }, stdio: 'ignore' });
      return (await once(child, 'exit'))[0];
    };
    expect(await check()).toBe(0);
    status = 503;
    expect(await check()).toBe(1);
    server.close();
    await once(server, 'close');
    expect(await check()).toBe(1);
    expect(asked).toEqual(['/healthz', '/healthz']);
  });

  test('names the ports that it listens on', () => {
    const { PORT, METRICS_PORT } = pairs(last(image, 'ENV').text);
    expect(last(image, 'EXPOSE').text.split(' ')).toEqual([PORT, METRICS_PORT].filter((port) => port !== undefined));
  });

  test('copies out of stages before it what they have made, and all that its start needs', () => {
    const copies = image.instructions.filter((it) => it.name === 'COPY');
    const places = copies.map(({ flags: { from }, text }) => {
      const words = text.split(/\s+/);
      const earlier = stages.slice(0, stages.indexOf(image)).map((one) => one.name);
      if (from !== undefined) expect(earlier).toContain(from);
      // What the stage `build` makes is what the build of this checkout has made.
      if (from === 'build') expect(existsSync(packageFile((words[0] ?? '').replace('/app/', ''))), text).toBe(true);
      if (from === 'tini') expect(last(stage(stages, 'tini'), 'RUN').text).toMatch(/ install .*\btini$/);
      return words.at(-1) ?? '';
    });
    const [entry = ''] = execForm(last(image, 'ENTRYPOINT').text);
    const script = execForm(last(image, 'CMD').text).at(-1) ?? '';
    for (const needed of [entry, script]) {
      expect(
        places.some((place) => needed === place || needed.startsWith(`${place}/`)),
        needed,
      ).toBe(true);
    }
  });

  test('is labelled', () => {
    const labels = pairs(last(image, 'LABEL').text);
    expect(labels).toMatchObject({
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.base.name': `docker.io/library/${image.base}`,
    });
    const versions = image.instructions.filter((it) => it.name === 'ARG').map((it) => pairs(it.text).VERSION);
    expect(versions).toContain(packageVersion());
  });

  test('has packages of production alone, and nothing written as root but the program', () => {
    const packages = stage(stages, 'packages').instructions.map(({ text }) => text);
    expect(packages).toContain('npm ci --omit=dev --omit=optional');
    const copied = image.instructions.filter((it) => it.name === 'COPY').map((it) => it.flags.from ?? 'checkout');
    expect(new Set(copied)).toEqual(new Set(['tini', 'packages', 'build', 'checkout']));
    expect(pairs(last(image, 'ENV').text)).toMatchObject({ NODE_ENV: 'production', DATA_DIR: '/data' });
  });

  test('copies what is there, and reaches the builder', () => {
    for (const { instructions } of stages) {
      for (const copy of instructions.filter((it) => it.name === 'COPY' && it.flags.from === undefined)) {
        for (const path of copy.text.split(/\s+/).slice(0, -1)) {
          expect(existsSync(packageFile(path)), path).toBe(true);
          if (path !== '.') expect(reachesBuilder(path), path).toBe(true);
        }
      }
    }
  });
});

test('the stages that both images share are the same, so that they are built once', () => {
  const shared = ['build', 'packages', 'tini'];
  expect(shared.map((name) => stage(API, name))).toEqual(shared.map((name) => stage(WORKER, name)));
});

test('there is no gpu image as long as no engine computes on a GPU, and its build says so', () => {
  expect(stage(WORKER, 'gpu').instructions).toHaveLength(1);
  expect(last(stage(WORKER, 'gpu'), 'RUN').text).toMatch(/There is no gpu image yet.*exit 1$/);
});

test('only what images are built from reaches the builder', () => {
  const kept = ['package-lock.json', 'api/main.ts', 'worker/engines/simd/lenet5.wasm', 'scripts/setup/build.mjs'];
  const left = [
    '.git/HEAD',
    'node_modules/bullmq/package.json',
    'dist/api/main.js',
    '.data/checkpoints/a',
    '.env',
    'api/sse.test.ts',
    'docs/deploy.md',
    'k8s/overlays/local/secrets/redis.env',
    'keys.json',
  ];
  expect([...kept, ...left].filter(reachesBuilder)).toEqual(kept);
});
