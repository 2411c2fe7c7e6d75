import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { useStandIns } from '../../testing/stand-ins.ts';
import { isLinked, linkIntoPackage } from './binding.mjs';
import { isCompiled, mend, replaceBinding } from './binding-sources.mjs';
import { packageFolder, placesIn } from './places.mjs';
import { installPackages, PUBLISHED } from './testing/packages.ts';

const BACKEND = 'tfjs_backend.cc';
const machine = useStandIns();

describe.runIf(existsSync(PUBLISHED))('the sources of the binding', () => {
  const published = () => readFileSync(join(PUBLISHED, BACKEND), 'utf8');

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
    const given = join(packageFolder(machine.root), 'binding');
    mkdirSync(given, { recursive: true });
    for (const name of [BACKEND, 'tfjs_binding.cc']) writeFileSync(join(given, name), published());
    const folder = join(machine.root, 'kept');
    const { binding } = placesIn(folder);
    const compile = (text: string) =>
      replaceBinding(machine.root, folder, async (_sources, path) => writeFileSync(path, text));
    expect(isCompiled(machine.root, folder)).toBe(false);
    await compile('first');
    expect(isCompiled(machine.root, folder)).toBe(true);

    writeFileSync(join(given, BACKEND), `${published()}\n`);
    expect(isCompiled(machine.root, folder)).toBe(false);
    const broken = replaceBinding(machine.root, folder, async () => {
      throw new Error('no compiler');
    });
    await expect(broken).rejects.toThrow('no compiler');
    expect(readFileSync(binding, 'utf8')).toBe('first');
    expect(isCompiled(machine.root, folder)).toBe(false);
    await compile('second');
    expect(readFileSync(binding, 'utf8')).toBe('second');
    expect(isCompiled(machine.root, folder)).toBe(true);
  });
});

test('the package is linked to what is kept, in place of whatever npm has put there', () => {
  installPackages(machine.root);
  mkdirSync(join(packageFolder(machine.root), 'deps', 'lib'), { recursive: true });
  const folder = join(machine.root, '.data', 'tensorflow', 'kept');
  linkIntoPackage(machine.root, folder);
  expect(readlinkSync(join(packageFolder(machine.root), 'deps'))).toBe('../../../.data/tensorflow/kept/deps');
  for (const name of ['deps', 'lib']) {
    for (const it of ['deps', 'lib']) mkdirSync(join(folder, it), { recursive: true });
    expect(isLinked(machine.root, folder)).toBe(true);
    rmSync(join(folder, name), { recursive: true });
    expect(isLinked(machine.root, folder)).toBe(false);
  }
});
