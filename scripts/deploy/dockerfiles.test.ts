/** What both Dockerfiles promise, read from the files: there need be no Docker here. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageFile, packageVersion } from '../../shared/package-root.ts';
import { readTensorflowArguments } from '../setup/tensorflow/arguments.mjs';
import { allPairs, execForm, type Instruction, readDockerfile, type Stage, wholeStage } from './dockerfile.ts';
import { reachesBuilder } from './dockerignore.ts';

const read = (path: string) => readDockerfile(readFileSync(packageFile(path), 'utf8'));
const API = read('api/Dockerfile');
const WORKER = read('worker/Dockerfile');
const IMAGES = [
  { name: 'trainyard-api', stages: API, target: 'api' },
  { name: 'trainyard-worker', stages: WORKER, target: 'cpu' },
  { name: 'trainyard-worker-gpu', stages: WORKER, target: 'gpu' },
];

const last = ({ instructions }: Stage, name: string) =>
  instructions.findLast((instruction) => instruction.name === name) as Instruction;
const all = ({ instructions }: Stage, name: string) => instructions.filter((it) => it.name === name);

test('an image for every machine is what is built when no target is named', () => {
  expect([API, WORKER].map((stages) => stages.at(-1)?.name)).toEqual(['api', 'cpu']);
});

describe.each(IMAGES)('$name', ({ name, stages, target }) => {
  const image = wholeStage(stages, target);

  test('stands on bases that are pinned', () => {
    for (const stage of stages) {
      expect(wholeStage(stages, stage.name).base).toMatch(/^node:\d+\.\d+\.\d+-\w+-slim(@sha256:[0-9a-f]{64})?$/);
    }
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
    const { PORT, METRICS_PORT } = allPairs(image, 'ENV');
    expect(last(image, 'EXPOSE').text.split(' ')).toEqual([PORT, METRICS_PORT].filter((port) => port !== undefined));
  });

  test('copies out of stages before it what they have made, and all that its start needs', () => {
    const names = stages.map((stage) => stage.name);
    const earlier = names.slice(0, names.indexOf(target));
    const places = all(image, 'COPY').map(({ flags: { from }, text }) => {
      const words = text.split(/\s+/);
      if (from !== undefined) expect(earlier).toContain(from);
      // What the stage `build` makes is what the build of this checkout has made.
      if (from === 'build') expect(existsSync(packageFile((words[0] ?? '').replace('/app/', ''))), text).toBe(true);
      if (from === 'tini') expect(last(wholeStage(stages, 'tini'), 'RUN').text).toMatch(/ install .*\btini$/);
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
    expect(allPairs(image, 'LABEL')).toMatchObject({
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.base.name': `docker.io/library/${image.base}`,
    });
    expect(allPairs(image, 'ARG').VERSION).toBe(packageVersion());
  });

  test('has packages of production alone, no compiler, and nothing written as root but the program', () => {
    const copies = all(image, 'COPY');
    const from = copies.find(({ text }) => text.startsWith('/app/node_modules '))?.flags.from ?? '';
    const steps = all(wholeStage(stages, from), 'RUN').flatMap(({ text }) => text.split(' && '));
    expect(steps.findLast((step) => /^npm (ci|prune|uninstall) /.test(step))).toContain(' --omit=dev');
    const copied = copies.map((it) => it.flags.from ?? 'checkout');
    expect(new Set(copied)).toEqual(new Set(['tini', from, 'build', 'checkout']));
    for (const { text } of all(image, 'RUN')) expect(text).toMatch(/^install -d /);
    expect(allPairs(image, 'ENV')).toMatchObject({ NODE_ENV: 'production', DATA_DIR: '/data' });
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
  expect(shared.map((name) => wholeStage(API, name))).toEqual(shared.map((name) => wholeStage(WORKER, name)));
});

test('TensorFlow is in the gpu image alone', () => {
  expect(last(wholeStage(WORKER, 'packages'), 'RUN').text).toBe('npm ci --omit=dev --omit=optional');
});

test("the API's image leaves out all of TensorFlow.js", () => {
  const { dependencies } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  const [, ...words] = last(wholeStage(API, 'api-packages'), 'RUN').text.split(/\s+/);
  const computing = Object.keys(dependencies).filter((name) => name.startsWith('@tensorflow/'));
  expect(words.filter((word) => !/^--|^uninstall$/.test(word)).sort()).toEqual(computing.sort());
});

describe('the gpu image', () => {
  const image = wholeStage(WORKER, 'gpu');
  const tensorflow = wholeStage(WORKER, 'tensorflow');

  test('sees the GPU, leaves room on it, and does without it on no account', () => {
    expect(allPairs(image, 'ENV')).toMatchObject({
      REQUIRE_GPU: '1',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      NVIDIA_VISIBLE_DEVICES: 'all',
      NVIDIA_DRIVER_CAPABILITIES: 'compute,utility',
    });
  });

  test('keeps what CUDA compiles where its user may write', () => {
    const { DATA_DIR, CUDA_CACHE_PATH } = allPairs(image, 'ENV');
    expect(CUDA_CACHE_PATH).toMatch(new RegExp(`^${DATA_DIR}/.`));
  });

  test('has TensorFlow and CUDA where the links of its package lead', () => {
    const given = readTensorflowArguments((allPairs(tensorflow, 'ARG').TENSORFLOW ?? '').split(' '));
    expect(given).toMatchObject({ flavour: 'gpu', withCuda: true });
    expect(last(tensorflow, 'RUN').text).toContain(`npm run setup:tensorflow -- \${TENSORFLOW} `);
    const copies = all(image, 'COPY').filter((it) => it.flags.from === 'tensorflow');
    expect(copies.map(({ text }) => text)).toEqual([
      '/app/.data/tensorflow .data/tensorflow',
      '/app/node_modules node_modules',
    ]);
    expect([tensorflow, image].map((stage) => last(stage, 'WORKDIR').text)).toEqual(['/app', '/app']);
  });

  test('is given all files of the set-up', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-tensorflow-'));
    try {
      for (const { text } of all(tensorflow, 'COPY')) {
        const [to = '', ...paths] = text.split(/\s+/).reverse();
        for (const path of paths) {
          cpSync(packageFile(path), join(folder, to === './' ? path : to), { recursive: true });
        }
      }
      const script = join(folder, 'scripts/setup-tensorflow.mjs');
      const { stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
      expect(stderr).toContain('needs either --cpu or --gpu');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
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
