import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useStandIns } from '../../testing/stand-ins.ts';
import { zipOf } from '../../testing/zip-of.ts';
import { copyLibtensorflow, hasLibraries, unpackWheel } from './libraries.mjs';
import { placesIn } from './places.mjs';

const machine = useStandIns();

describe('a wheel', () => {
  it('gives its two libraries, the headers that the binding reads, and the names that it is linked with', async () => {
    const wheel = join(machine.root, 'a.whl');
    const files = {
      'tensorflow/libtensorflow_cc.so.2': Buffer.from('cc'),
      'tensorflow/libtensorflow_framework.so.2': Buffer.from('framework'),
      'tensorflow/include/tensorflow/c/c_api.h': Buffer.from('api'),
      'tensorflow/include/google/protobuf/any.h': Buffer.from('no'),
      'tensorflow/python/_pywrap_tfe.so': Buffer.from('no'),
    };
    writeFileSync(wheel, zipOf(files));
    const folder = join(machine.root, 'kept');
    await unpackWheel(wheel, folder);
    expect(readFileSync(join(folder, 'deps/lib/libtensorflow.so'), 'utf8')).toBe('cc');
    expect(readFileSync(join(folder, 'deps/lib/libtensorflow_framework.so'), 'utf8')).toBe('framework');
    expect(readFileSync(join(folder, 'deps/include/tensorflow/c/c_api.h'), 'utf8')).toBe('api');
    for (const path of ['deps/include/google', 'tensorflow']) expect(existsSync(join(folder, path))).toBe(false);
  });

  it('without the libraries leaves nothing behind', async () => {
    const wheel = join(machine.root, 'a.whl');
    writeFileSync(wheel, zipOf({ 'tensorflow/__init__.py': Buffer.of() }));
    await expect(unpackWheel(wheel, join(machine.root, 'kept'))).rejects.toThrow(
      'does not hold tensorflow/libtensorflow_cc.so.2',
    );
    expect(existsSync(join(machine.root, 'kept'))).toBe(false);
  });

  it('is wanted anew where one of its libraries is missing', async () => {
    const wheel = join(machine.root, 'a.whl');
    const files = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/tensorflow/c/c_api.h'];
    writeFileSync(wheel, zipOf(Object.fromEntries(files.map((name) => [`tensorflow/${name}`, Buffer.from(name)]))));
    const folder = join(machine.root, 'kept');
    expect(hasLibraries(folder)).toBe(false);
    await unpackWheel(wheel, folder);
    expect(hasLibraries(folder)).toBe(true);
    rmSync(join(placesIn(folder).libraries, 'libtensorflow_framework.so.2'));
    expect(hasLibraries(folder)).toBe(false);
  });
});

describe('a build of libtensorflow', () => {
  let built: string;
  beforeEach(() => {
    built = join(machine.root, 'built');
    mkdirSync(join(built, 'include/tensorflow/c'), { recursive: true });
    mkdirSync(join(built, 'lib'));
    for (const name of ['lib/libtensorflow.so', 'lib/libtensorflow_framework.so', 'include/tensorflow/c/c_api.h']) {
      writeFileSync(join(built, name), name);
    }
  });

  it('is taken from a folder as from an archive', async () => {
    spawnSync('tar', ['-czf', `${built}.tar.gz`, '-C', built, 'lib', 'include']);
    for (const path of [built, `${built}.tar.gz`]) {
      const folder = join(machine.root, 'kept');
      await copyLibtensorflow(path, folder);
      expect(existsSync(join(folder, 'deps/lib/libtensorflow_framework.so'))).toBe(true);
      rmSync(folder, { recursive: true });
    }
  });

  it('is refused with what it lacks', async () => {
    rmSync(join(built, 'include'), { recursive: true });
    await expect(copyLibtensorflow(built, join(machine.root, 'kept'))).rejects.toThrow(
      'does not hold include/tensorflow/c/c_api.h',
    );
  });
});
