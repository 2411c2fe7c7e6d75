import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFile } from '../../../shared/package-root.ts';
import { useStandIns } from '../../testing/stand-ins.ts';
import { cudaWheels, hasCuda, linkCusolver } from './cuda.mjs';
import { placesIn } from './places.mjs';

const machine = useStandIns();

test('CUDA is whole with the link that TensorFlow finds cuSOLVER by', () => {
  const { cuda } = placesIn(machine.root);
  for (const { part } of cudaWheels()) mkdirSync(join(cuda, part, 'lib'), { recursive: true });
  writeFileSync(join(cuda, 'cusolver', 'lib', 'libcusolver.so.11'), '');
  expect(hasCuda(machine.root)).toBe(false);
  linkCusolver(cuda);
  expect(hasCuda(machine.root)).toBe(true);
});

test("docs/gpu.md fetches CUDA's wheels by the names that are looked for", () => {
  const document = readFileSync(packageFile('docs/gpu.md'), 'utf8');
  for (const { wheel } of cudaWheels()) {
    expect(document).toContain(`${wheel.package}==${wheel.version}`);
    const platforms = /-none-(.*)\.whl$/.exec(wheel.file)?.[1]?.split('.') ?? [];
    expect(platforms.filter((platform) => document.includes(`--platform ${platform}`))).not.toEqual([]);
  }
});
