/** Where one draws, with mouse, pen or finger. White on black in every theme, as MNIST is. */
import { useEffect, useRef } from 'preact/hooks';
import { plural } from '../../format.ts';
import { colorOf } from '../../theme.ts';
import { BLANK, type Drawing, PEN, type Picture, type Point, type Stroke, withPoints } from './drawing.ts';

interface PadProps {
  picture: Picture;
  /** A stroke begins: what was there can be had back from here. */
  onStart(picture: Drawing): void;
  onChange(picture: Drawing): void;
}

export function Pad({ picture, onStart, onChange }: PadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  /** The pointer that draws, and what it has drawn: events can come faster than renders. */
  const pen = useRef<{ id: number; drawing: Drawing } | null>(null);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const redraw = () => draw(element, picture);
    const resized = new ResizeObserver(redraw);
    resized.observe(element);
    redraw();
    return () => resized.disconnect();
  }, [picture]);

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || pen.current !== null || canvas.current === null) return;
    event.preventDefault();
    canvas.current.setPointerCapture(event.pointerId);
    const before = picture.kind === 'drawing' ? picture : BLANK;
    const begun = { ...before, strokes: [...before.strokes, []] };
    pen.current = { id: event.pointerId, drawing: withPoints(begun, [placeOf(event, canvas.current)]) };
    onStart(pen.current.drawing);
  };
  const onPointerMove = (event: PointerEvent) => {
    const element = canvas.current;
    if (element === null || pen.current?.id !== event.pointerId) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    const points = (passed.length > 0 ? passed : [event]).map((each) => placeOf(each, element));
    pen.current.drawing = withPoints(pen.current.drawing, points);
    onChange(pen.current.drawing);
  };
  const onPointerEnd = (event: PointerEvent) => {
    if (pen.current?.id === event.pointerId) pen.current = null;
  };

  return (
    <div class="pad">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Drawing pad, for mouse, pen or finger. ${describe(picture)}`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerEnd}
        onPointerCancel={onPointerEnd}
      />
      {isBlank(picture) && <span aria-hidden="true">Draw a digit here</span>}
    </div>
  );
}

export function isBlank(picture: Picture): boolean {
  return picture.kind === 'drawing' && picture.strokes.length === 0;
}

function describe(picture: Picture): string {
  if (picture.kind === 'sample') return `It shows test image ${picture.index}, labelled ${picture.label}.`;
  const count = picture.strokes.length;
  return count === 0 ? 'It is empty.' : `It has ${plural(count, 'stroke')}.`;
}

function placeOf({ clientX, clientY }: PointerEvent, element: HTMLCanvasElement): Point {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: (clientX - left) / width, y: (clientY - top) / height };
}

function draw(element: HTMLCanvasElement, picture: Picture): void {
  const side = Math.round(element.clientWidth * window.devicePixelRatio);
  // Setting the size clears it too.
  element.width = side;
  element.height = side;
  const context = element.getContext('2d');
  if (context === null) return;
  if (picture.kind === 'sample') {
    context.imageSmoothingEnabled = false;
    context.drawImage(imageOf(picture.pixels), 0, 0, side, side);
    return;
  }
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = PEN * side;
  context.strokeStyle = colorOf('--digit-ink');
  for (const stroke of picture.strokes) drawStroke(context, stroke, side);
}

/** Through the middles between its points, so that there are no corners. */
function drawStroke(context: CanvasRenderingContext2D, stroke: Stroke, side: number): void {
  const points = stroke.map(({ x, y }) => ({ x: x * side, y: y * side }));
  const [first] = points;
  if (!first) return;
  context.beginPath();
  context.moveTo(first.x, first.y);
  points.forEach((point, i) => {
    const next = points[i + 1] ?? point;
    context.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
  });
  context.stroke();
}

/** 28×28 pixels as something that a canvas can be filled from. */
export function imageOf(pixels: Uint8Array): OffscreenCanvas {
  const side = Math.sqrt(pixels.length);
  const canvas = new OffscreenCanvas(side, side);
  const image = new ImageData(side, side);
  pixels.forEach((value, i) => {
    image.data.set([value, value, value, 255], 4 * i);
  });
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}
