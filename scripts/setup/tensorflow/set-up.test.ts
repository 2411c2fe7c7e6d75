import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { useStandIns } from '../../testing/stand-ins.ts';
import { isLinked, linkIntoPackage } from './binding.mjs';
import { replaceBinding } from './binding-sources.mjs';
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

/** A compiler that writes a binding of its own, and a Node that can run nothing. */
function withoutRunning(): NodeJS.ProcessEnv {
  const compiler = join(machine.root, 'c++');
  writeFileSync(compiler, '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho compiled > "$2"\n', { mode: 0o755 });
  return { ...process.env, CXX: compiler, NODE_OPTIONS: `--require=${join(machine.root, 'missing.cjs')}` };
}

describe.runIf(existsSync(PUBLISHED) && process.platform === 'linux')('what is set up and does not run', () => {
  it('is compiled and linked anew, and what was fetched for it stays', async () => {
    const folder = layDown('2.21.0-cpu');
    const { binding, libraries } = placesIn(folder);
    await replaceBinding(machine.root, folder, async (_sources, path) => writeFileSync(path, 'broken'));
    linkIntoPackage(machine.root, folder);
    await expect(setUpTensorflow(machine.root, CPU, withoutRunning())).rejects.toThrow(
      /does not run\. Remove that folder to have it set up from nothing\.[\s\S]*missing\.cjs/,
    );
    expect(readFileSync(join(libraries, 'libtensorflow.so'), 'utf8')).toBe('a');
    expect(readFileSync(binding, 'utf8')).toBe('compiled\n');
    expect(isLinked(machine.root, folder)).toBe(true);
  });

  it.each([
    ['libtensorflow', 'gpu'],
    ['libtensorflow', 'cpu'],
    ['2.21.0-gpu', 'cpu'],
  ] as const)('to measure, %s that is linked stays, on a machine for --%s too', async (name, flavour) => {
    const folder = layDown(name);
    linkIntoPackage(machine.root, folder);
    mkdirSync(join(folder, 'lib'), { recursive: true });
    await expect(keepOrSetUp(machine.root, flavour, withoutRunning())).rejects.toThrow(
      `is set up in ${folder} and does not run`,
    );
    expect(isLinked(machine.root, folder)).toBe(true);
  });
});
