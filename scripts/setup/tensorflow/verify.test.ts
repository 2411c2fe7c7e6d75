import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFile } from '../../../shared/package-root.ts';
import { WITHOUT_CUDA, WITHOUT_DRIVER } from '../../../worker/trainer/testing/without-gpu.ts';
import { useStandIns } from '../../testing/stand-ins.ts';
import { deviceOf, verify } from './verify.mjs';

const machine = useStandIns();

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
});

test.each([
  { does: 'process.kill(process.pid, "SIGILL");', fault: /^illegal\nkilled by SIGILL$/, timeoutMs: 60_000 },
  { does: 'for (;;);', fault: /^illegal\nno answer within 1 s$/, timeoutMs: 1000 },
  { does: 'process.exit(3);', fault: /^illegal$/, timeoutMs: 60_000 },
])('a process that ends before its answer is told of by how it ended: $does', async ({ does, fault, timeoutMs }) => {
  const instead = join(machine.root, 'instead.cjs');
  writeFileSync(instead, `require('node:fs').writeSync(2, 'illegal');\n${does}`);
  const env = { ...process.env, NODE_OPTIONS: `--require=${instead}` };
  expect(await verify(env, timeoutMs)).toEqual({ fault: expect.stringMatching(fault) });
});

test('docs/gpu.md shows what is told of a GPU without its driver', () => {
  const { remarks } = deviceOf(WITHOUT_DRIVER.split('\n'));
  const document = readFileSync(packageFile('docs/gpu.md'), 'utf8');
  const head = '    It finds no GPU that it can use, and would compute on the CPU:';
  expect(document).toContain([head, ...remarks.map((remark) => `      ${remark}`), ''].join('\n'));
});
