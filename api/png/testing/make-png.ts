/** PNGs of every kind, good and bad, for tests. */
import { crc32, deflateSync } from 'node:zlib';

export interface PngParts {
  width: number;
  height: number;
  depth?: number;
  /** 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha. */
  colourType?: number;
  interlaced?: boolean;
  /** Filter byte and pixels of each row. */
  rows: readonly (readonly number[])[];
  /** Between the header and the pixels. */
  chunks?: readonly Buffer[];
}

export function makePng({
  width,
  height,
  depth = 8,
  colourType = 0,
  interlaced = false,
  rows,
  chunks = [],
}: PngParts): Buffer {
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    headerChunk({ width, height, depth, colourType, interlaced }),
    ...chunks,
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export function headerChunk({ width = 1, height = 1, depth = 8, colourType = 0, interlaced = false }): Buffer {
  const data = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, depth, colourType, 0, 0, interlaced ? 1 : 0]);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  return chunk('IHDR', data);
}

export function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

/** Grey of 8 bits. */
export function greyPng(width: number, height: number, pixels: ArrayLike<number>): Buffer {
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from({ length: width }, (_, x) => pixels[y * width + x] as number),
  ]);
  return makePng({ width, height, rows });
}
