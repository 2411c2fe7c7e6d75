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
/** Of the pad's side: what spans less, a dot, is not magnified further. */
const LEAST_EXTENT = 0.1;
/** Places that the middles of the lines span in the raster, and the pen's there. */
const SIDE = 112;
const RADIUS = (SIDE * PEN_OF_EXTENT) / 2;
const MARGIN = Math.ceil(RADIUS) + 2;
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
 * Strokes as a grey image, white on black, that they fill up to a black border. However large they were drawn, the pen
 * is as thick as MNIST's is once the digit has its size.
 */
export function rasterOf(strokes: readonly Stroke[]): GreyImage {
  const points = strokes.flat();
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const scale = SIDE / Math.max(LEAST_EXTENT, Math.max(...xs) - left, Math.max(...ys) - top);
  const placed = ({ x, y }: Point) => ({ x: (x - left) * scale + MARGIN, y: (y - top) * scale + MARGIN });
  const side = SIDE + 2 * MARGIN;
  const data = new Uint8Array(side * side);
  for (const stroke of strokes) {
    const line = stroke.map(placed);
    for (const [i, point] of line.entries()) drawLine(data, side, line[i - 1] ?? point, point);
  }
  return { width: side, height: side, data };
}

/** With round ends and an edge one place wide. */
function drawLine(data: Uint8Array, side: number, from: Point, to: Point): void {
  const reach = RADIUS + 1;
  const [left, right] = placesAround(from.x, to.x, reach, side);
  const [top, bottom] = placesAround(from.y, to.y, reach, side);
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const distance = distanceToLine({ x: x + 0.5, y: y + 0.5 }, from, to);
      const ink = Math.round(255 * Math.min(1, Math.max(0, RADIUS + 0.5 - distance)));
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
