/** What is on the pad, and the 28×28 pixels that the model gets of it. */
import { type GreyImage, toMnistForm } from '../../../../shared/inference/mnist-form.ts';

/** In parts of the pad's side, from its upper left corner. */
export interface Point {
  x: number;
  y: number;
}

export type Stroke = readonly Point[];

export interface Drawing {
  kind: 'drawing';
  strokes: readonly Stroke[];
}

/** An image of the dataset, which is in MNIST's form as it is. */
export interface Sample {
  kind: 'sample';
  index: number;
  label: number;
  pixels: Uint8Array;
}

export type Picture = Drawing | Sample;

export const BLANK: Drawing = { kind: 'drawing', strokes: [] };

/** In parts of the pad's side, as the pad shows it. */
export const PEN = 0.085;
/** Thickness of MNIST's lines once the digit fills 20 pixels, in parts of what those lines' middles span. */
const PEN_OF_EXTENT = 2.4 / (20 - 2.4);
/** For a dot, which spans nothing. */
const THINNEST_PEN = 0.03;
/** Places across the pad. */
const SIDE = 140;
/** Points nearer to the one before say nothing. */
const LEAST_STEP = 0.004;

export function withPoints({ strokes }: Drawing, points: readonly Point[]): Drawing {
  const stroke = [...(strokes.at(-1) ?? [])];
  for (const point of points) {
    const last = stroke.at(-1);
    if (!last || Math.hypot(point.x - last.x, point.y - last.y) >= LEAST_STEP) stroke.push(point);
  }
  return { kind: 'drawing', strokes: [...strokes.slice(0, -1), stroke] };
}

/** @returns null for an empty pad */
export function pixelsOf(picture: Picture): Uint8Array | null {
  if (picture.kind === 'sample') return picture.pixels;
  return picture.strokes.length === 0 ? null : toMnistForm(rasterOf(picture.strokes));
}

/**
 * Strokes as a grey image, white on black. The pen is as thick as MNIST's once the digit has its size, however large
 * it was drawn; around the pad there is room for it, so that the border stays black.
 */
export function rasterOf(strokes: readonly Stroke[]): GreyImage {
  const pen = penOf(strokes.flat()) * SIDE;
  const margin = Math.ceil(pen / 2) + 2;
  const side = SIDE + 2 * margin;
  const data = new Uint8Array(side * side);
  const placed = (point: Point) => ({ x: point.x * SIDE + margin, y: point.y * SIDE + margin });
  for (const stroke of strokes) {
    const points = stroke.map(placed);
    for (const [i, point] of points.entries()) drawLine(data, side, points[i - 1] ?? point, point, pen / 2);
  }
  return { width: side, height: side, data };
}

function penOf(points: readonly Point[]): number {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const extent = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  return Math.max(THINNEST_PEN, extent * PEN_OF_EXTENT);
}

/** With round ends and an edge one place wide. */
function drawLine(data: Uint8Array, side: number, from: Point, to: Point, radius: number): void {
  const reach = radius + 1;
  const [left, right] = placesAround(from.x, to.x, reach, side);
  const [top, bottom] = placesAround(from.y, to.y, reach, side);
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const distance = distanceToLine({ x: x + 0.5, y: y + 0.5 }, from, to);
      const ink = Math.round(255 * Math.min(1, Math.max(0, radius + 0.5 - distance)));
      const at = y * side + x;
      data[at] = Math.max(data[at] as number, ink);
    }
  }
}

function placesAround(a: number, b: number, reach: number, side: number): [number, number] {
  return [Math.max(0, Math.floor(Math.min(a, b) - reach)), Math.min(side - 1, Math.ceil(Math.max(a, b) + reach))];
}

function distanceToLine(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy;
  const along = length2 === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length2;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}
