/**
 * A PNG as a grey image: colours by their luma, transparent over black. What a header promises is checked before
 * anything is decoded, and nothing is inflated beyond it, so that a small file cannot ask for gigabytes.
 */
import { inflateSync } from 'node:zlib';
import { convertIndexedToRgb, type DecodedPng, decode } from 'fast-png';
import { messageOf } from '../../shared/errors.ts';
import type { GreyImage } from '../../shared/inference/mnist-form.ts';

export const LARGEST_SIDE = 2048;

/** Its message says what is wrong with the PNG, to the user who sent it. */
export class UnreadablePng extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreadablePng';
  }
}

/** Of the PNG specification (w3.org/TR/png), 5.2 and 11.2.1. */
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const HEADER_BYTES = 13;
/** Of type: grey, colour, palette, grey with alpha, colour with alpha. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PALETTE = 3;
/** The others may hold compressed data of any size, and change no pixel. */
const NEEDED_CHUNKS = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'];
/** First column and row of each pass of interlacing, and the steps to the next (specification, 8.2). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

interface Chunk {
  type: string;
  data: Buffer;
  /** With length, type and checksum. */
  whole: Buffer;
}

/** @throws UnreadablePng */
export function decodeGrey(bytes: Uint8Array): GreyImage {
  const chunks = chunksOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const length = inflatedLength(chunks);
  const data = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data));
  try {
    const inflated = inflateSync(data, { maxOutputLength: length });
    if (inflated.length < length) throw new RangeError('its pixels end too early');
    const file = Buffer.concat([SIGNATURE, ...chunks.map(({ whole }) => whole)]);
    const png = decode(file, { checkCrc: true });
    return { width: png.width, height: png.height, data: greyOf(png) };
  } catch (cause) {
    const tooMuch = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    throw new UnreadablePng(`the PNG is damaged: ${tooMuch ? 'it holds more than its size says' : messageOf(cause)}`, {
      cause,
    });
  }
}

function chunksOf(file: Buffer): Chunk[] {
  if (!file.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new UnreadablePng('this is not a PNG');
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; chunks.at(-1)?.type !== 'IEND'; ) {
    const length = at + 12 <= file.length ? file.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    const end = at + 12 + length;
    if (end > file.length) throw new UnreadablePng('the PNG is damaged: it ends too early');
    const type = file.toString('latin1', at + 4, at + 8);
    if (NEEDED_CHUNKS.includes(type)) {
      chunks.push({ type, data: file.subarray(at + 8, end - 4), whole: file.subarray(at, end) });
    }
    at = end;
  }
  return chunks;
}

/** Bytes that the pixels are inflated to, filter bytes included, by the header alone. */
function inflatedLength([header, ...chunks]: Chunk[]): number {
  const isHeader = header?.type === 'IHDR' && header.data.length === HEADER_BYTES;
  if (!header || !isHeader || chunks.some(({ type }) => type === 'IHDR')) {
    throw new UnreadablePng('the PNG is damaged: it does not begin with its one header');
  }
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  if (Math.max(width, height) > LARGEST_SIDE || Math.min(width, height) < 1) {
    throw new UnreadablePng(`the PNG is of ${width}×${height} pixels; allowed: 1×1 to ${LARGEST_SIDE}×${LARGEST_SIDE}`);
  }
  const depth = header.data.readUInt8(8);
  const colourType = header.data.readUInt8(9);
  if (colourType === PALETTE && !chunks.some(({ type }) => type === 'PLTE')) {
    throw new UnreadablePng('the PNG is damaged: its palette is missing');
  }
  const interlaced = header.data.readUInt8(12) !== 0;
  if (interlaced && depth < 8) {
    throw new UnreadablePng('the PNG is interlaced with fewer than 8 bits a channel; save it without interlacing');
  }
  const bits = depth * (CHANNELS[colourType] ?? 0);
  const passLength = (columns: number, rows: number) =>
    columns > 0 ? rows * (1 + Math.ceil((columns * bits) / 8)) : 0;
  if (!interlaced) return passLength(width, height);
  return ADAM7.reduce(
    (sum, [x, y, right, down]) => sum + passLength(Math.ceil((width - x) / right), Math.ceil((height - y) / down)),
    0,
  );
}

function greyOf(png: DecodedPng): Uint8Array {
  const { data, channels, largest } = samplesOf(png);
  const [red, green = red, blue = red] = png.transparency ?? [];
  const grey = new Uint8Array(png.width * png.height);
  const sample = (at: number) => data[at] as number;
  for (let i = 0; i < grey.length; i++) {
    const at = i * channels;
    const [g, b] = channels >= 3 ? [at + 1, at + 2] : [at, at];
    // ITU-R BT.601, as Pillow's convert('L')
    const luma = 0.299 * sample(at) + 0.587 * sample(g) + 0.114 * sample(b);
    const isClear = sample(at) === red && sample(g) === green && sample(b) === blue;
    const opacity = channels % 2 === 0 ? sample(at + channels - 1) / largest : isClear ? 0 : 1;
    grey[i] = Math.round((luma / largest) * opacity * 255);
  }
  return grey;
}

/** One value per channel and pixel, 0 to `largest`. */
function samplesOf(png: DecodedPng): { data: ArrayLike<number>; channels: number; largest: number } {
  const { width, height, depth, palette } = png;
  // colours may come with a palette too, as a suggestion for poor screens
  if (palette && png.channels === 1)
    return { data: convertIndexedToRgb(png), channels: palette[0]?.length ?? 3, largest: 255 };
  const largest = 2 ** depth - 1;
  if (depth >= 8) return { data: png.data, channels: png.channels, largest };
  // grey alone has fewer than 8 bits: several pixels in a byte, the first in the highest bits, each row from a new byte
  const data = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const byte = png.data[y * rowBytes + Math.floor((x * depth) / 8)] as number;
    data[i] = (byte >> (8 - depth - ((x * depth) % 8))) & largest;
  }
  return { data, channels: 1, largest };
}
