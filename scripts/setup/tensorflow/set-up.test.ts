import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { packageFile } from '../../../shared/package-root.ts';
import { WITHOUT_CUDA, WITHOUT_DRIVER } from '../../../worker/trainer/testing/without-gpu.ts';
import { zipOf } from '../../testing/zip-of.ts';
import { readTensorflowArguments } from './arguments.mjs';
import { isLinked, linkIntoPackage } from './binding.mjs';
import { isCompiled, mend, replaceBinding } from './binding-sources.mjs';
import { cudaWheels, hasCuda, linkCusolver } from './cuda.mjs';
import { needsTensorflow, tensorflowForTests } from './for-tests.mjs';
import { copyLibtensorflow, hasLibraries, unpackWheel } from './libraries.mjs';
import { requireCompiler, requireGlibc, requirePackages, requireSpace } from './machine.mjs';
import { keptFolder, packageFolder, placesIn } from './places.mjs';
import { keepOrSetUp, setUpTensorflow } from './set-up.mjs';
import { deviceOf } from './verify.mjs';
import { chooseWheel } from './wheels.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trainyard-tensorflow-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const CPU = { flavour: 'cpu' as const, wheel: null, libtensorflow: null, index: null, withCuda: false };

/** As npm installs the optional packages. */
function installPackages(): void {
  mkdirSync(packageFolder(root), { recursive: true });
  mkdirSync(join(root, 'node_modules', 'node-api-headers'), { recursive: true });
}

describe('the wheel', () => {
  it.each([
    ['cpu', 'x64', 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'],
    ['gpu', 'x64', 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'],
    ['cpu', 'arm64', 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl'],
  ] as const)('--%s on linux-%s is %s', (flavour, arch, file) => {
    expect(chooseWheel(flavour, { platform: 'linux', arch }).fetched.file).toBe(file);
  });

  it('is not there for other machines, which is said with those it is there for', () => {
    expect(() => chooseWheel('gpu', { platform: 'darwin', arch: 'arm64' })).toThrow(
      /no TensorFlow 2\.21\.0 \(--gpu\) for darwin-arm64.*linux-x64 --cpu, linux-x64 --gpu, linux-arm64 --cpu/,
    );
  });

  it('gives its two libraries, the headers that the binding reads, and the names that it is linked with', async () => {
    const wheel = join(root, 'a.whl');
    const files = {
      'tensorflow/libtensorflow_cc.so.2': Buffer.from('cc'),
      'tensorflow/libtensorflow_framework.so.2': Buffer.from('framework'),
      'tensorflow/include/tensorflow/c/c_api.h': Buffer.from('api'),
      'tensorflow/include/google/protobuf/any.h': Buffer.from('no'),
      'tensorflow/python/_pywrap_tfe.so': Buffer.from('no'),
    };
    writeFileSync(wheel, zipOf(files));
    const folder = join(root, 'kept');
    await unpackWheel(wheel, folder);
    expect(readFileSync(join(folder, 'deps/lib/libtensorflow.so'), 'utf8')).toBe('cc');
    expect(readFileSync(join(folder, 'deps/lib/libtensorflow_framework.so'), 'utf8')).toBe('framework');
    expect(readFileSync(join(folder, 'deps/include/tensorflow/c/c_api.h'), 'utf8')).toBe('api');
    for (const path of ['deps/include/google', 'tensorflow']) expect(existsSync(join(folder, path))).toBe(false);
  });

  it('without the libraries leaves nothing behind', async () => {
    const wheel = join(root, 'a.whl');
    writeFileSync(wheel, zipOf({ 'tensorflow/__init__.py': Buffer.of() }));
    await expect(unpackWheel(wheel, join(root, 'kept'))).rejects.toThrow(
      'does not hold tensorflow/libtensorflow_cc.so.2',
    );
    expect(existsSync(join(root, 'kept'))).toBe(false);
  });

  it.runIf(process.platform === 'linux')('given by --wheel is refused by name and by sum', async () => {
    installPackages();
    const unknown = join(root, 'tensorflow-1.0.whl');
    await expect(setUpTensorflow(root, { ...CPU, wheel: unknown }, process.env)).rejects.toThrow(
      'there is no such file',
    );
    writeFileSync(unknown, 'a');
    await expect(setUpTensorflow(root, { ...CPU, wheel: unknown }, process.env)).rejects.toThrow(
      /its name is not one of tensorflow.*cp311.*cp313/,
    );
    const wheel = join(root, chooseWheel('cpu', process).fetched.file);
    writeFileSync(wheel, 'a');
    await expect(setUpTensorflow(root, { ...CPU, wheel }, process.env)).rejects.toThrow(
      /its SHA-256 is ca978112.*, not /,
    );
  });
});

describe('a build of libtensorflow', () => {
  beforeEach(() => {
    mkdirSync(join(root, 'built/include/tensorflow/c'), { recursive: true });
    mkdirSync(join(root, 'built/lib'));
    for (const name of ['lib/libtensorflow.so', 'lib/libtensorflow_framework.so', 'include/tensorflow/c/c_api.h']) {
      writeFileSync(join(root, 'built', name), name);
    }
  });

  it('is taken from a folder as from an archive', async () => {
    spawnSync('tar', ['-czf', join(root, 'built.tar.gz'), '-C', join(root, 'built'), 'lib', 'include']);
    for (const path of ['built', 'built.tar.gz']) {
      await copyLibtensorflow(join(root, path), join(root, 'kept'));
      expect(existsSync(join(root, 'kept/deps/lib/libtensorflow_framework.so'))).toBe(true);
      rmSync(join(root, 'kept'), { recursive: true });
    }
  });

  it.runIf(process.platform === 'linux')('leaves the one that is there where it cannot be taken', async () => {
    installPackages();
    const { headers } = placesIn(join(keptFolder(root), 'libtensorflow'));
    mkdirSync(headers, { recursive: true });
    const faulty = { ...CPU, libtensorflow: join(root, 'bilt') };
    await expect(setUpTensorflow(root, faulty, { ...process.env, CXX: process.execPath })).rejects.toThrow(
      'there is no such file',
    );
    expect(existsSync(headers)).toBe(true);
  });

  it('is refused with what it lacks', async () => {
    rmSync(join(root, 'built/include'), { recursive: true });
    await expect(copyLibtensorflow(join(root, 'built'), join(root, 'kept'))).rejects.toThrow(
      'does not hold include/tensorflow/c/c_api.h',
    );
  });
});

describe('the machine', () => {
  it('has a new enough glibc', () => {
    expect(() => requireGlibc('2.26')).toThrow(/need glibc 2\.27 or newer, and this system has 2\.26/);
    expect(() => requireGlibc(null)).toThrow(/another C library \(Alpine has musl\)/);
    for (const version of ['2.27', '2.41', '3.0']) expect(() => requireGlibc(version)).not.toThrow();
  });

  it('has the optional packages', () => {
    expect(() => requirePackages(root)).toThrow(/npm ci --include=optional/);
    installPackages();
    expect(() => requirePackages(root)).not.toThrow();
  });

  it('has a compiler', () => {
    expect(() => requireCompiler({ PATH: root })).toThrow(
      /No C\+\+ compiler: g\+\+ is not on the PATH.*apt-get install g\+\+/,
    );
    expect(() => requireCompiler({ PATH: root, CXX: 'icpx' })).toThrow('CXX is "icpx", which is not there');
  });

  it('has room', async () => {
    await expect(requireSpace(root, 1e18)).rejects.toThrow(/needs 1000000000000 MB in .*, and \d+ MB are free/);
  });
});

describe('arguments', () => {
  it.each([
    [[], /needs either --cpu or --gpu/],
    [['--cpu', '--gpu'], /needs either --cpu or --gpu/],
    [['--tpu'], /Unknown option '--tpu'[\s\S]*npm run setup:tensorflow/],
    [['--cpu', '--with-cuda'], /--with-cuda goes with --gpu alone/],
    [['--cpu', '--index', 'ftp://a'], /--index is "ftp:\/\/a"\. Allowed: an http or https address/],
    [['--gpu', '--wheel', 'a', '--libtensorflow', 'b'], /Give one of them/],
  ])('%j are refused', (given, message) => {
    expect(() => readTensorflowArguments(given)).toThrow(message);
  });

  it('say what is wanted', () => {
    const none = { wheel: null, libtensorflow: null, index: null, withCuda: false };
    expect(readTensorflowArguments(['--cpu'])).toEqual({ ...none, flavour: 'cpu' });
    expect(readTensorflowArguments(['--gpu', '--with-cuda'])).toEqual({ ...none, flavour: 'gpu', withCuda: true });
  });
});

const BACKEND = 'tfjs_backend.cc';
const PUBLISHED = join(packageFolder(packageFile('.')), 'binding', BACKEND);

/** Not there where optional packages are left out. */
describe.runIf(existsSync(PUBLISHED))('the sources of the binding', () => {
  const published = () => readFileSync(PUBLISHED, 'utf8');

  it('copy the values of typed arrays, where as published they share them', () => {
    expect(published()).toContain('TF_NewTensor(');
    const mended = mend(published());
    expect(mended).toContain('memcpy(TF_TensorData(tensor.tensor), array_data, byte_size)');
    expect(mended).not.toMatch(/TF_NewTensor\(|DeallocTensor|NapiAutoRef/);
  });

  it('open a session with options, where as published there are none', () => {
    expect(published()).not.toContain('TF_SetConfig');
    expect(mend(published())).toContain('TF_SetConfig(session_options, config, sizeof(config), config_status.status)');
  });

  it('are mended as they are known, or not at all', () => {
    const other = published().replace('TF_AutoTensor tensor(TF_NewTensor(', 'TF_AutoTensor tensor(TF_Other(');
    expect(() => mend(other)).toThrow('is not that of 4.22.0');
  });

  it('tell a binding that was compiled from others, which stays until its successor is there', async () => {
    const given = join(packageFolder(root), 'binding');
    mkdirSync(given, { recursive: true });
    for (const name of [BACKEND, 'tfjs_binding.cc']) writeFileSync(join(given, name), published());
    const folder = join(root, 'kept');
    const { binding } = placesIn(folder);
    const compile = (text: string) => replaceBinding(root, folder, async (_sources, path) => writeFileSync(path, text));
    expect(isCompiled(root, folder)).toBe(false);
    await compile('first');
    expect(isCompiled(root, folder)).toBe(true);

    writeFileSync(join(given, BACKEND), `${published()}\n`);
    expect(isCompiled(root, folder)).toBe(false);
    const broken = replaceBinding(root, folder, async () => {
      throw new Error('no compiler');
    });
    await expect(broken).rejects.toThrow('no compiler');
    expect(readFileSync(binding, 'utf8')).toBe('first');
    expect(isCompiled(root, folder)).toBe(false);
    await compile('second');
    expect(readFileSync(binding, 'utf8')).toBe('second');
    expect(isCompiled(root, folder)).toBe(true);
  });
});

/** What `--cpu` leaves behind, but for the libraries themselves. */
function layDown(name: string): string {
  installPackages();
  const given = join(packageFolder(root), 'binding');
  cpSync(dirname(PUBLISHED), given, { recursive: true });
  const folder = join(keptFolder(root), name);
  const { libraries, headers } = placesIn(folder);
  mkdirSync(libraries, { recursive: true });
  mkdirSync(join(headers, 'tensorflow', 'c'), { recursive: true });
  for (const library of ['libtensorflow.so', 'libtensorflow_framework.so'])
    writeFileSync(join(libraries, library), 'a');
  writeFileSync(join(headers, 'tensorflow', 'c', 'c_api.h'), '');
  return folder;
}

/** A compiler that writes a binding of its own, and a Node that can run nothing. */
function withoutRunning(): NodeJS.ProcessEnv {
  const compiler = join(root, 'c++');
  writeFileSync(compiler, '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho compiled > "$2"\n', { mode: 0o755 });
  return { ...process.env, CXX: compiler, NODE_OPTIONS: `--require=${join(root, 'missing.cjs')}` };
}

describe.runIf(existsSync(PUBLISHED) && process.platform === 'linux')('what is set up and does not run', () => {
  it('is compiled and linked anew, and what was fetched for it stays', async () => {
    const folder = layDown('2.21.0-cpu');
    const { binding, libraries } = placesIn(folder);
    await replaceBinding(root, folder, async (_sources, path) => writeFileSync(path, 'broken'));
    linkIntoPackage(root, folder);
    await expect(setUpTensorflow(root, CPU, withoutRunning())).rejects.toThrow(
      /does not run\. Remove that folder to have it set up from nothing\.[\s\S]*missing\.cjs/,
    );
    expect(readFileSync(join(libraries, 'libtensorflow.so'), 'utf8')).toBe('a');
    expect(readFileSync(binding, 'utf8')).toBe('compiled\n');
    expect(isLinked(root, folder)).toBe(true);
  });

  it.each([
    ['libtensorflow', 'gpu'],
    ['libtensorflow', 'cpu'],
    ['2.21.0-gpu', 'cpu'],
  ] as const)('to measure, %s that is linked stays, on a machine for --%s too', async (name, flavour) => {
    const folder = layDown(name);
    linkIntoPackage(root, folder);
    mkdirSync(join(folder, 'lib'), { recursive: true });
    await expect(keepOrSetUp(root, flavour, withoutRunning())).rejects.toThrow(
      `is set up in ${folder} and does not run`,
    );
    expect(isLinked(root, folder)).toBe(true);
  });
});

test('CUDA is whole with the link that TensorFlow finds cuSOLVER by', () => {
  const { cuda } = placesIn(root);
  for (const { part } of cudaWheels()) mkdirSync(join(cuda, part, 'lib'), { recursive: true });
  writeFileSync(join(cuda, 'cusolver', 'lib', 'libcusolver.so.11'), '');
  expect(hasCuda(root)).toBe(false);
  linkCusolver(cuda);
  expect(hasCuda(root)).toBe(true);
});

test("docs/gpu.md fetches CUDA's wheels by the names that are looked for", () => {
  const document = readFileSync(packageFile('docs/gpu.md'), 'utf8');
  for (const { wheel } of cudaWheels()) {
    expect(document).toContain(`${wheel.package}==${wheel.version}`);
    const platforms = /-none-(.*)\.whl$/.exec(wheel.file)?.[1]?.split('.') ?? [];
    expect(platforms.filter((platform) => document.includes(`--platform ${platform}`))).not.toEqual([]);
  }
});

test('libraries are taken anew where one of them is missing', async () => {
  const wheel = join(root, 'a.whl');
  const files = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/tensorflow/c/c_api.h'];
  writeFileSync(wheel, zipOf(Object.fromEntries(files.map((name) => [`tensorflow/${name}`, Buffer.from(name)]))));
  const folder = join(root, 'kept');
  expect(hasLibraries(folder)).toBe(false);
  await unpackWheel(wheel, folder);
  expect(hasLibraries(folder)).toBe(true);
  rmSync(join(placesIn(folder).libraries, 'libtensorflow_framework.so.2'));
  expect(hasLibraries(folder)).toBe(false);
});

test('the package is linked to what is kept, in place of whatever npm has put there', () => {
  installPackages();
  mkdirSync(join(packageFolder(root), 'deps', 'lib'), { recursive: true });
  const folder = join(root, '.data', 'tensorflow', 'kept');
  linkIntoPackage(root, folder);
  expect(readlinkSync(join(packageFolder(root), 'deps'))).toBe('../../../.data/tensorflow/kept/deps');
  for (const name of ['deps', 'lib']) {
    for (const it of ['deps', 'lib']) mkdirSync(join(folder, it), { recursive: true });
    expect(isLinked(root, folder)).toBe(true);
    rmSync(join(folder, name), { recursive: true });
    expect(isLinked(root, folder)).toBe(false);
  }
});

test('the device is named as TensorFlow logs it, and so is what it lacks', () => {
  const log =
    'I0000 00:00:1700000000.000000 1 gpu_device.cc:2020] Created device /job:localhost/replica:0/task:0/device:GPU:0 ' +
    'with 76000 MB memory:  -> device: 0, name: NVIDIA H100 80GB HBM3, pci bus id: 0000:19:00.0, compute capability: 9.0';
  expect(deviceOf([log])).toEqual({ name: 'NVIDIA H100 80GB HBM3', remarks: [] });
  const { remarks } = deviceOf(WITHOUT_CUDA.split('\n'));
  const libraries = remarks.flatMap((remark) => /^Could not load dynamic library '(\w+)\./.exec(remark)?.[1] ?? []);
  expect(libraries.sort()).toEqual([
    'libcublas',
    'libcublasLt',
    'libcudart',
    'libcudnn',
    'libcufft',
    'libcusolver',
    'libcusparse',
  ]);
  expect(remarks.join()).not.toContain('Successfully opened');
  expect(deviceOf(WITHOUT_DRIVER.split('\n')).remarks).toEqual([
    'Could not find cuda drivers on your machine, GPU will not be used.',
    expect.stringMatching(/^Could not load dynamic library 'libcuda\.so\.1'/),
    expect.stringMatching(/^failed call to cuInit/),
  ]);
});

test('not set up, its tests are skipped with one line that says how', async () => {
  const { path, skipped } = await tensorflowForTests(root, {});
  expect(path).toBeNull();
  expect(skipped).toMatch(/^SKIPPED, for want of TensorFlow: .*it is not set up.*npm run setup:tensorflow -- --cpu/);
  expect(skipped).not.toContain('\n');
});

test('asked for only when a test of the TensorFlow engine is to run', () => {
  expect(needsTensorflow([])).toBe(true);
  expect(needsTensorflow(['scripts/setup/tensorflow'])).toBe(true);
  expect(needsTensorflow(['worker/training'])).toBe(true);
  expect(needsTensorflow(['api/board'])).toBe(false);
});
