/**
 * Any picture of one digit, brought to the form of MNIST's own (yann.lecun.com/exdb/mnist): white on black, 28×28,
 * the digit fitted into 20×20 with its aspect kept, and placed by its centre of mass. Runs in browsers too.
 */
import { SOURCE_SIDE } from '../data/resize.ts';

export interface GreyImage {
  width: number;
  height: number;
  /** width × height values from 0, black, to 255, white; row-major. */
  data: ArrayLike<number>;
}

const DIGIT_SIDE = 20;
/** Of 255. A picture with less between background and ink is blank. */
const LEAST_CONTRAST = 16;
/** Of 255, once the darkest ink is 255: what is fainter does not count as part of the digit when it is cut out. */
const FAINTEST_INK = 13;

/** From the first place inside to the first one after it. */
interface Span {
  from: number;
  to: number;
}

/** @returns 28 × 28 bytes, row-major; all 0 if there is nothing to see */
export function toMnistForm(image: GreyImage): Uint8Array {
  const ink = inkOf(image);
  const box = ink && boundingBox(ink, image);
  if (!ink || !box) return new Uint8Array(SOURCE_SIDE ** 2);
  const [inkWidth, inkHeight] = [box.columns.to - box.columns.from, box.rows.to - box.rows.from];
  const scale = DIGIT_SIDE / Math.max(inkWidth, inkHeight);
  const width = Math.max(1, Math.round(inkWidth * scale));
  const height = Math.max(1, Math.round(inkHeight * scale));
  return centre(resample(ink, image.width, box, width, height), width, height);
}

/**
 * How far each place is from the background, towards the digit's side of it: 0 to 255, the strongest ink 255. The
 * border is taken for background; is it light, then the digit is dark.
 */
function inkOf({ width, height, data }: GreyImage): Float32Array | null {
  const background = borderMean({ width, height, data });
  const sign = background > 127.5 ? -1 : 1;
  const ink = new Float32Array(width * height);
  let strongest = 0;
  for (let i = 0; i < ink.length; i++) {
    const value = sign * ((data[i] as number) - background);
    ink[i] = Math.max(0, value);
    strongest = Math.max(strongest, value);
  }
  return strongest < LEAST_CONTRAST ? null : ink.map((value) => (value / strongest) * 255);
}

function borderMean({ width, height, data }: GreyImage): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step) {
      sum += data[y * width + x] as number;
      count += 1;
    }
  }
  return sum / count;
}

function boundingBox(ink: Float32Array, { width, height }: GreyImage): { columns: Span; rows: Span } | null {
  const columns = { from: width, to: 0 };
  const rows = { from: height, to: 0 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((ink[y * width + x] as number) < FAINTEST_INK) continue;
      columns.from = Math.min(columns.from, x);
      columns.to = Math.max(columns.to, x + 1);
      rows.from = Math.min(rows.from, y);
      rows.to = y + 1;
    }
  }
  return rows.to === 0 ? null : { columns, rows };
}

/** The box's ink as width × height: rows first, then columns. */
function resample(
  ink: Float32Array,
  rowLength: number,
  { columns, rows }: { columns: Span; rows: Span },
  width: number,
  height: number,
): Float32Array {
  const across = meanTaps(columns, width);
  const down = meanTaps(rows, height);
  const narrowed = new Float32Array((rows.to - rows.from) * width);
  for (let y = rows.from; y < rows.to; y++) {
    across.forEach(({ first, weights }, x) => {
      const at = y * rowLength + first;
      narrowed[(y - rows.from) * width + x] = weights.reduce((sum, weight, i) => sum + weight * (ink[at + i] ?? 0), 0);
    });
  }
  const resampled = new Float32Array(width * height);
  down.forEach(({ first, weights }, y) => {
    for (let x = 0; x < width; x++) {
      const at = (first - rows.from) * width + x;
      resampled[y * width + x] = weights.reduce((sum, weight, i) => sum + weight * (narrowed[at + i * width] ?? 0), 0);
    }
  });
  return resampled;
}

/** What each of `count` places mixes of the span: the mean over its share, parts of pixels by their part. */
function meanTaps({ from, to }: Span, count: number): { first: number; weights: number[] }[] {
  const share = (to - from) / count;
  return Array.from({ length: count }, (_, place) => {
    const [begin, end] = [from + place * share, Math.min(to, from + (place + 1) * share)];
    const first = Math.floor(begin);
    const weights = Array.from({ length: Math.ceil(end) - first }, (_, i) => {
      const overlap = Math.min(end, first + i + 1) - Math.max(begin, first + i);
      return overlap / (end - begin);
    });
    return { first, weights };
  });
}

/** Into 28×28, with the centre of mass in the place right of and below the middle: MNIST's own have it there. */
function centre(digit: Float32Array, width: number, height: number): Uint8Array {
  let [mass, massX, massY] = [0, 0, 0];
  digit.forEach((value, i) => {
    mass += value;
    massX += value * ((i % width) + 0.5);
    massY += value * (Math.floor(i / width) + 0.5);
  });
  const offset = (centreOfMass: number, size: number) =>
    Math.min(SOURCE_SIDE - size, Math.max(0, Math.ceil(SOURCE_SIDE / 2 - centreOfMass)));
  const [left, top] = [offset(massX / mass, width), offset(massY / mass, height)];
  const out = new Uint8Array(SOURCE_SIDE ** 2);
  digit.forEach((value, i) => {
    out[(top + Math.floor(i / width)) * SOURCE_SIDE + left + (i % width)] = Math.round(value);
  });
  return out;
}
