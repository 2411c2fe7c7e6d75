import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test, vi } from 'vitest';
import { useStandIns } from '../../testing/stand-ins.ts';
import { zipOf } from '../../testing/zip-of.ts';
import { isLinked, linkIntoPackage } from './binding.mjs';
import { replaceBinding } from './binding-sources.mjs';
import { bytesForCuda } from './cuda.mjs';
import { keptFolder, packageFolder, placesIn } from './places.mjs';
import { keepOrSetUp, setUpTensorflow } from './set-up.mjs';
import { installPackages, PUBLISHED } from './testing/packages.ts';
import { chooseWheel } from './wheels.mjs';

const machine = useStandIns();
const CPU = { flavour: 'cpu' as const, wheel: null, libtensorflow: null, index: null, withCuda: false };

const onLinux = test.runIf(process.platform === 'linux');

onLinux('a wheel given by --wheel is refused by name and by sum', async () => {
  installPackages(machine.root);
  const unknown = join(machine.root, 'tensorflow-1.0.whl');
  await expect(setUpTensorflow(machine.root, { ...CPU, wheel: unknown }, process.env)).rejects.toThrow(
    'there is no such file',
  );
  writeFileSync(unknown, 'a');
  await expect(setUpTensorflow(machine.root, { ...CPU, wheel: unknown }, process.env)).rejects.toThrow(
    /its name is not one of tensorflow.*cp311.*cp313/,
  );
  const wheel = join(machine.root, chooseWheel('cpu', process).fetched.file);
  writeFileSync(wheel, 'a');
  await expect(setUpTensorflow(machine.root, { ...CPU, wheel }, process.env)).rejects.toThrow(
    /its SHA-256 is ca978112.*, not /,
  );
});

onLinux('a build of libtensorflow leaves the one that is there where it cannot be taken', async () => {
  installPackages(machine.root);
  const { headers } = placesIn(join(keptFolder(machine.root), 'libtensorflow'));
  mkdirSync(headers, { recursive: true });
  const faulty = { ...CPU, libtensorflow: join(machine.root, 'bilt') };
  await expect(setUpTensorflow(machine.root, faulty, { ...process.env, CXX: process.execPath })).rejects.toThrow(
    'there is no such file',
  );
  expect(existsSync(headers)).toBe(true);
});

/** What `--cpu` leaves behind, but for the libraries themselves. */
function layDown(build: string): string {
  installPackages(machine.root);
  const given = join(packageFolder(machine.root), 'binding');
  cpSync(PUBLISHED, given, { recursive: true });
  const folder = join(keptFolder(machine.root), build);
  const { libraries, headers } = placesIn(folder);
  mkdirSync(libraries, { recursive: true });
  mkdirSync(join(headers, 'tensorflow', 'c'), { recursive: true });
  for (const name of ['libtensorflow.so', 'libtensorflow_framework.so']) writeFileSync(join(libraries, name), 'a');
  writeFileSync(join(headers, 'tensorflow', 'c', 'c_api.h'), '');
  return folder;
}

async function compileFirst(folder: string): Promise<void> {
  await replaceBinding(machine.root, folder, async (_sources, path) => writeFileSync(path, 'broken'));
}

/** A compiler that works under the lock alone, and a Node that does this instead of running anything. */
function toRun(script: string): NodeJS.ProcessEnv {
  const lock = join(keptFolder(machine.root), '.lock');
  const CXX = machine.program('c++', `while [ "$1" != -o ]; do shift; done\n[ -e '${lock}' ] && echo compiled > "$2"`);
  const instead = join(machine.root, 'instead.cjs');
  writeFileSync(instead, script);
  return { ...process.env, CXX, NODE_OPTIONS: `--require=${instead}` };
}

const NOTHING = 'throw new Error("cannot open shared object file")';

/** @returns what is printed of an op, if this binding is that of the compiler */
function anOp(binding: string): string {
  return `
    const text = require('node:fs').readFileSync('${binding}', 'utf8');
    if (text !== 'compiled\\n') throw new Error('a binding that is ' + text);
    console.log('{"version":"2.21.0","device":"cpu"}');
    process.exit();`;
}

describe.runIf(existsSync(PUBLISHED) && process.platform === 'linux')('what is set up and does not run', () => {
  it.each(['linked', 'not linked, as after npm ci'])('is compiled anew, and then does: %s', async (how) => {
    const folder = layDown('2.21.0-cpu');
    const { binding } = placesIn(folder);
    await compileFirst(folder);
    if (how === 'linked') linkIntoPackage(machine.root, folder);
    expect(await setUpTensorflow(machine.root, CPU, toRun(anOp(binding)))).toMatchObject({ version: '2.21.0' });
    expect(isLinked(machine.root, folder)).toBe(true);
  });

  it('is named with what to do where compiling does not help, and what was fetched for it stays', async () => {
    const folder = layDown('2.21.0-cpu');
    const { binding, libraries } = placesIn(folder);
    await compileFirst(folder);
    await expect(setUpTensorflow(machine.root, CPU, toRun(NOTHING))).rejects.toThrow(
      /does not run\. .*remove that folder and run: npm run setup:tensorflow -- --cpu\n[\s\S]*cannot open shared/,
    );
    expect(readFileSync(join(libraries, 'libtensorflow.so'), 'utf8')).toBe('a');
    expect(readFileSync(binding, 'utf8')).toBe('compiled\n');
  });
});

test.runIf(existsSync(PUBLISHED) && process.platform === 'linux')(
  'a wheel given by --wheel is all that it takes: neither index nor pip is asked',
  async () => {
    installPackages(machine.root);
    cpSync(PUBLISHED, join(packageFolder(machine.root), 'binding'), { recursive: true });
    const { fetched } = chooseWheel('cpu', process);
    const content = zipOf({
      'tensorflow/libtensorflow_cc.so.2': Buffer.from('a'),
      'tensorflow/libtensorflow_framework.so.2': Buffer.from('b'),
      'tensorflow/include/tensorflow/c/c_api.h': Buffer.from('c'),
    });
    const wheel = join(machine.root, fetched.file);
    writeFileSync(wheel, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const choice = { fetched: { ...fetched, sha256 }, others: {}, unpackedBytes: 1000 };
    const { binding } = placesIn(join(keptFolder(machine.root), '2.21.0-cpu'));
    const asked = join(machine.root, 'asked.txt');
    for (const pip of ['pip', 'pip3']) machine.program(pip, `echo "$0 $*" >> '${asked}'; exit 1`);
    const fetching = vi.fn();
    vi.stubGlobal('fetch', fetching);
    try {
      const env = { ...toRun(anOp(binding)), PATH: `${machine.bin}:${process.env.PATH}` };
      expect(await setUpTensorflow(machine.root, { ...CPU, wheel }, env, choice)).toMatchObject({ version: '2.21.0' });
    } finally {
      vi.unstubAllGlobals();
    }
    expect(fetching).not.toHaveBeenCalled();
    expect(existsSync(asked)).toBe(false);
    expect(existsSync(wheel)).toBe(true);
  },
);

onLinux("room is asked for once, for all that is to come: CUDA's libraries too", async () => {
  installPackages(machine.root);
  const { fetched, ...rest } = chooseWheel('cpu', process);
  const asked = { ...CPU, flavour: 'gpu' as const, withCuda: true, index: 'http://127.0.0.1:1/simple' };
  const env = { ...process.env, CXX: process.execPath };
  const size = async (bytes: number) => {
    const choice = { ...rest, fetched: { ...fetched, bytes: 0 }, unpackedBytes: bytes };
    const fault = await setUpTensorflow(machine.root, asked, env, choice).catch((error: Error) => error.message);
    return Number(/needs (\d+) MB in .*free\. Make room/.exec(String(fault))?.[1]);
  };
  expect(await size(1e15)).toBeCloseTo(1e9 + bytesForCuda(machine.root) / 1e6, -1);
});

const KEPT = [
  ['libtensorflow', 'gpu', '--gpu --libtensorflow PATH'],
  ['libtensorflow', 'cpu', '--cpu --libtensorflow PATH'],
  ['2.21.0-gpu', 'cpu', '--gpu'],
  ['2.21.0-cpu', 'cpu', '--cpu'],
] as const;

describe.runIf(existsSync(PUBLISHED) && process.platform === 'linux')('to measure', () => {
  it.each(KEPT)('the only build stays, and is linked anew after npm ci: %s for --%s', async (build, flavour) => {
    const folder = layDown(build);
    const { binding } = placesIn(folder);
    await compileFirst(folder);
    expect(await keepOrSetUp(machine.root, flavour, toRun(anOp(binding)))).toMatchObject({ version: '2.21.0' });
    expect(isLinked(machine.root, folder)).toBe(true);
  });

  it.each(KEPT)(
    'one that is linked stays beside others, also if it cannot run: %s for --%s',
    async (build, flavour, options) => {
      for (const [other] of KEPT) layDown(other);
      const folder = layDown(build);
      await compileFirst(folder);
      linkIntoPackage(machine.root, folder);
      await expect(keepOrSetUp(machine.root, flavour, toRun(NOTHING))).rejects.toThrow(
        `is set up in ${folder} and does not run. To set it up from nothing, remove that folder and run: npm run setup:tensorflow -- ${options}\n`,
      );
      expect(isLinked(machine.root, folder)).toBe(true);
    },
  );
});
