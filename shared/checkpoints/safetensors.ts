/**
 * The safetensors format (github.com/huggingface/safetensors, README "Format"): 8 bytes with the length of a
 * JSON header, little-endian; the header; the tensors' bytes, end to end. Anything else is refused on reading.
 */
import { z } from 'zod';
import { elementCount, type Tensors } from './tensors.ts';

/** A checkpoint whose bytes are not what was written: the caller falls back to the one before it. */
export class DamagedCheckpoint extends Error {
  readonly code = 'checkpoint-damaged';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedCheckpoint';
  }
}

const BYTES_PER_ELEMENT = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;
type Dtype = keyof typeof BYTES_PER_ELEMENT;

/** A tensor of any type, as it lies in the file. */
export interface RawTensor {
  dtype: Dtype;
  shape: number[];
  /** A view of the file's bytes, at any alignment. */
  bytes: Uint8Array;
}

/** As in the reference implementation, so that a damaged length cannot ask for gigabytes. */
const MAX_HEADER_BYTES = 100_000_000;

const HeaderEntry = z.strictObject({
  dtype: z.enum(Object.keys(BYTES_PER_ELEMENT) as Dtype[]),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const Metadata = z.record(z.string(), z.string());

/** @throws RangeError if a tensor's data does not fill its shape */
export function encodeSafetensors(tensors: Tensors, metadata: Record<string, string>): Uint8Array {
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let dataLength = 0;
  for (const [name, { shape, data }] of tensors) {
    if (elementCount(shape) !== data.length) {
      throw new RangeError(`tensor ${name} has ${data.length} values, its shape [${shape}] asks for another number`);
    }
    const end = dataLength + data.byteLength;
    entries.push([name, { dtype: 'F32', shape, data_offsets: [dataLength, end] }]);
    dataLength = end;
  }
  // fromEntries and not assignment, so that even a tensor named __proto__ becomes a plain key
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const dataStart = 8 + Math.ceil(json.length / 8) * 8;

  const file = new Uint8Array(dataStart + dataLength).fill(0x20, 8, dataStart);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.set(json, 8);
  let offset = dataStart;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/**
 * Tensors in the order in which they lie in the file, which is the order they were written in.
 * @throws DamagedCheckpoint if the file is damaged or holds anything but float32
 */
export function decodeSafetensors(file: Uint8Array): { tensors: Tensors; metadata: Record<string, string> } {
  const { tensors: raw, metadata } = decodeRawSafetensors(file);
  const tensors: Tensors = new Map();
  for (const [name, { dtype, shape, bytes }] of raw) {
    if (dtype !== 'F32') throw new DamagedCheckpoint(`tensor ${name} is of type ${dtype}, only F32 is read here`);
    // a copy, because a view might not be aligned to 4 bytes
    tensors.set(name, { shape, data: new Float32Array(new Uint8Array(bytes).buffer) });
  }
  return { tensors, metadata };
}

/**
 * The same for tensors of any type, as views of the file's bytes.
 * @throws DamagedCheckpoint
 */
export function decodeRawSafetensors(file: Uint8Array): {
  tensors: Map<string, RawTensor>;
  metadata: Record<string, string>;
} {
  const { header, data } = splitFile(file);
  let metadata: Record<string, string> = {};
  const entries: (z.infer<typeof HeaderEntry> & { name: string })[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = parsePart(Metadata, value, 'the metadata');
    } else {
      entries.push({ name, ...parsePart(HeaderEntry, value, `the entry of tensor ${name}`) });
    }
  }
  entries.sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);

  const tensors = new Map<string, RawTensor>();
  let expected = 0;
  for (const { name, dtype, shape, data_offsets } of entries) {
    const [begin, end] = data_offsets;
    if (begin !== expected) {
      throw new DamagedCheckpoint(`tensor ${name} begins at byte ${begin} of the data, expected ${expected}`);
    }
    const size = elementCount(shape) * BYTES_PER_ELEMENT[dtype];
    if (end - begin !== size) {
      throw new DamagedCheckpoint(
        `tensor ${name} spans ${end - begin} bytes, its shape [${shape}] of ${dtype} needs ${size}`,
      );
    }
    if (end > data.length) {
      throw new DamagedCheckpoint(
        `tensor ${name} ends at byte ${end} of the data, but the file has ${data.length} bytes of data`,
      );
    }
    tensors.set(name, { dtype, shape, bytes: data.subarray(begin, end) });
    expected = end;
  }
  if (expected !== data.length) {
    throw new DamagedCheckpoint(`the tensors end at byte ${expected} of the data, the file at ${data.length}`);
  }
  return { tensors, metadata };
}

function splitFile(file: Uint8Array): { header: object; data: Uint8Array } {
  if (file.length < 8) throw new DamagedCheckpoint(`the file has ${file.length} bytes, too few for a header`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > file.length) {
    throw new DamagedCheckpoint(`the header should have ${length} bytes, the file has ${file.length} in all`);
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length)));
  } catch (cause) {
    throw new DamagedCheckpoint('the header is not JSON', { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new DamagedCheckpoint('the header is not a JSON object');
  }
  return { header, data: file.subarray(8 + length) };
}

function parsePart<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DamagedCheckpoint(`${what} is not valid: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
