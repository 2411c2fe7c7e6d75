import { describe, expect, it } from 'vitest';
import { useStandIns } from '../../testing/stand-ins.ts';
import { requireCompiler, requireGlibc, requirePackages, requireSpace } from './machine.mjs';
import { installPackages } from './testing/packages.ts';

const machine = useStandIns();

describe('the machine', () => {
  it('has a new enough glibc', () => {
    expect(() => requireGlibc('2.26')).toThrow(/need glibc 2\.27 or newer, and this system has 2\.26/);
    expect(() => requireGlibc(null)).toThrow(/another C library \(Alpine has musl\)/);
    for (const version of ['2.27', '2.41', '3.0']) expect(() => requireGlibc(version)).not.toThrow();
  });

  it('has the optional packages', () => {
    expect(() => requirePackages(machine.root)).toThrow(/npm ci --include=optional/);
    installPackages(machine.root);
    expect(() => requirePackages(machine.root)).not.toThrow();
  });

  it('has a compiler', () => {
    expect(() => requireCompiler({ PATH: machine.bin })).toThrow(
      /No C\+\+ compiler: g\+\+ is not on the PATH.*apt-get install g\+\+/,
    );
    expect(() => requireCompiler({ PATH: machine.bin, CXX: 'icpx' })).toThrow('CXX is "icpx", which is not there');
  });

  it('has room', async () => {
    await expect(requireSpace(machine.root, 1e18)).rejects.toThrow(/needs 1000000000000 MB in .*, and \d+ MB are free/);
  });
});
