import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { packageFile } from '../package-root.ts';
import { DamagedCheckpoint, decodeRawSafetensors, decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import type { Tensors } from './tensors.ts';

const reference = (name: string) => readFile(packageFile(`shared/testing/reference/${name}.safetensors`));

function sample(): Tensors {
  return new Map([
    ['weight', { shape: [2, 3], data: Float32Array.of(1, -0, 1e-45, 3.4e38, 0.1, -5) }],
    ['bias', { shape: [1], data: Float32Array.of(7) }],
    ['scalar', { shape: [], data: Float32Array.of(2) }],
    ['none', { shape: [0, 4], data: new Float32Array(0) }],
    ['__proto__', { shape: [1], data: Float32Array.of(9) }],
  ]);
}

/** A file with this header and so many bytes of data. */
function fileOf(header: unknown, dataLength = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const entry = (begin: number, end: number, shape = [1], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('gives back what was written: values to the bit, order, metadata', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(sample(), { note: 'grüße "x"' }));
    expect([...tensors]).toEqual([...sample()]);
    expect(Object.is(tensors.get('weight')?.data[1], -0)).toBe(true);
    expect(metadata).toEqual({ note: 'grüße "x"' });
  });

  it('pads the header with spaces so that the data begins at a multiple of 8', () => {
    for (const note of ['', '1', '12', '123', '1234', '12345', '123456', '1234567']) {
      const file = encodeSafetensors(sample(), { note });
      const length = Number(new DataView(file.buffer).getBigUint64(0, true));
      expect(length % 8).toBe(0);
      expect(new TextDecoder().decode(file.subarray(8, 8 + length))).toMatch(/^\{.*\} {0,7}$/);
    }
  });

  it('reads a file that lies at an odd address', () => {
    const file = encodeSafetensors(sample(), {});
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect([...decodeSafetensors(shifted.subarray(1)).tensors]).toEqual([...sample()]);
  });

  it('refuses to write a tensor that does not fill its shape', () => {
    const tensors: Tensors = new Map([['bias', { shape: [3], data: new Float32Array(2) }]]);
    expect(() => encodeSafetensors(tensors, {})).toThrow(RangeError);
  });

  it('reads what Python wrote', async () => {
    const { tensors } = decodeSafetensors(await reference('lenet5_steps'));
    expect(tensors.size).toBe(42);
    expect(tensors.get('init.conv2.weight')?.shape).toEqual([16, 6, 5, 5]);
    expect(tensors.get('losses')?.data[0]).toBeCloseTo(2.3, 1);
  });

  it('reads other types only raw', async () => {
    const file = await reference('preprocess');
    expect(decodeRawSafetensors(file).tensors.get('raw_u8')).toMatchObject({ dtype: 'U8', shape: [20, 28, 28] });
    expect(() => decodeSafetensors(file)).toThrow('tensor raw_u8 is of type U8');
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['too short', new Uint8Array(7), /7 bytes, too few/],
    ['a header longer than the file', fileOf({}).fill(9, 0, 1), /should have 9 bytes, the file has 10/],
    ['a header of exabytes', fileOf({}).fill(0xff, 0, 8), /should have 18446744073709552000 bytes/],
    ['not JSON', fileOf('{"a":'), /not JSON/],
    ['not UTF-8', fileOf({ a: 1 }).fill(0xff, 9, 10), /not JSON/],
    ['an array', fileOf([]), /not a JSON object/],
    ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }), /the metadata is not valid/],
    ['an unknown type', fileOf({ a: entry(0, 4, [1], 'F33') }, 4), /entry of tensor a is not valid/],
    ['a field too many', fileOf({ a: { ...entry(0, 4), more: 1 } }, 4), /entry of tensor a is not valid/],
    ['a negative size', fileOf({ a: entry(0, 4, [-1, -1]) }, 4), /entry of tensor a is not valid/],
    ['a gap', fileOf({ a: entry(0, 4), b: entry(8, 12) }, 12), /tensor b begins at byte 8 of the data, expected 4/],
    ['an overlap', fileOf({ a: entry(0, 4), b: entry(2, 6) }, 6), /tensor b begins at byte 2 of the data, expected 4/],
    ['not from 0', fileOf({ a: entry(4, 8) }, 8), /tensor a begins at byte 4/],
    ['a wrong size', fileOf({ a: entry(0, 8) }, 8), /tensor a spans 8 bytes, its shape \[1\] of F32 needs 4/],
    ['an end before its beginning', fileOf({ a: entry(0, 4), b: entry(4, 0) }, 4), /tensor b spans -4 bytes/],
    ['a cut file', fileOf({ a: entry(0, 4) }, 3), /ends at byte 4 of the data, but the file has 3 bytes/],
    ['bytes behind the end', fileOf({ a: entry(0, 4) }, 5), /end at byte 4 of the data, the file at 5/],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeRawSafetensors(file)).toThrow(DamagedCheckpoint);
    expect(() => decodeRawSafetensors(file)).toThrow(message);
  });

  it('refuses a file cut anywhere', () => {
    const file = encodeSafetensors(sample(), {});
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeSafetensors(file.subarray(0, length))).toThrow(DamagedCheckpoint);
    }
  });
});
