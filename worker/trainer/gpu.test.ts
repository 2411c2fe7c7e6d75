import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chooseGpu, readGpu } from './gpu.ts';

const TWO = `0, GPU-5c1b2f04-6f0a-3c5e-9a11-0b7f0c6d1e2f, NVIDIA H100 80GB HBM3, 81559, 550.54.15, Disabled
1, GPU-9d0e1f2a-1111-2222-3333-444455556666, NVIDIA A100-SXM4-40GB, 40960, 550.54.15, Enabled
`;
const LIST = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5c1b2f04-6f0a-3c5e-9a11-0b7f0c6d1e2f)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-9d0e1f2a-1111-2222-3333-444455556666)
  MIG 3g.20gb     Device  0: (UUID: MIG-aaaa1111-0000-5000-8000-000000000001)
  MIG 1g.5gb      Device  1: (UUID: MIG-bbbb2222-0000-5000-8000-000000000002)
`;

const H100 = { name: 'NVIDIA H100 80GB HBM3', memoryBytes: 81559 * 2 ** 20, driver: '550.54.15' };
const partOfA100 = (profile: string) => ({
  name: `NVIDIA A100-SXM4-40GB MIG ${profile}`,
  memoryBytes: null,
  driver: '550.54.15',
});

let folder: string | undefined;
afterEach(() => {
  vi.unstubAllEnvs();
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});

/** On the PATH: prints these, as NVIDIA's does. */
function standIn(table: string, list: string): void {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-nvidia-'));
  const script = `#!/bin/sh\ncase "$1" in\n-L) cat <<'END'\n${list}END\n;;\n--query-gpu=*) cat <<'END'\n${table}END\n;;\nesac\n`;
  writeFileSync(join(folder, 'nvidia-smi'), script, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
}

describe('of several GPUs, it is the first that CUDA sees', () => {
  it.each([
    [undefined, H100],
    ['0', H100],
    ['1,0', partOfA100('3g.20gb')],
    ['GPU-5c1b2f04', H100],
    ['MIG-bbbb2222-0000-5000-8000-000000000002', partOfA100('1g.5gb')],
    ['7', { name: 'NVIDIA GPU', memoryBytes: null }],
  ])('CUDA_VISIBLE_DEVICES=%s', async (visible, expected) => {
    standIn(TWO, LIST);
    expect(await readGpu(visible)).toMatchObject(expected);
  });
});

it('what nvidia-smi does not know, nobody makes up', async () => {
  standIn('0, GPU-1, Tesla P4, [N/A], [Insufficient Permissions], [N/A]\n', 'GPU 0: Tesla P4 (UUID: GPU-1)\n');
  expect(await readGpu(undefined)).toEqual({ name: 'Tesla P4', memoryBytes: null, driver: null, cuda: null });
});

it('without nvidia-smi the driver is read from the kernel, and CUDA from the library that is loaded', async () => {
  vi.stubEnv('PATH', '/nowhere');
  expect(await readGpu(undefined)).toEqual({ name: 'NVIDIA GPU', memoryBytes: null, driver: null, cuda: null });
  const maps = '7f12-7f34 r-xp 00000000 08:01 42  /opt/cuda/lib64/libcudart.so.12.9.79\n';
  for (const driverFile of [
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: gcc 12.2.0\n',
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build  (dvs-builder@U16-T01)\n',
  ]) {
    expect(chooseGpu({ gpus: [], parts: [], visible: undefined, driverFile, maps })).toMatchObject({
      ...{ driver: '550.54.15', cuda: '12.9.79' },
    });
  }
});
