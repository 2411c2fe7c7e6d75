/** The plot of a job's losses over its epochs, as the post shows it: an SVG that stands for itself, in light and dark. */
import { type Span, tickLabel, ticksOf, wholeTicks } from './plot-ticks.ts';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface PlottedEpoch {
  epoch: number;
  trainLoss: number;
  validationLoss: number;
}

const WIDTH = 720;
const HEIGHT = 440;
const AREA = { left: 76, right: WIDTH - 28, top: 56, bottom: HEIGHT - 64 };
/** More points than these are a line without dots. */
const DOTS_AT_MOST = 40;

/** Blue and vermilion of Okabe and Ito (jfly.uni-koeln.de/color): apart for every eye; in print, by dash and dot. */
export const PALETTES = {
  light: {
    ground: '#ffffff',
    ink: '#1b1f24',
    quiet: '#57606a',
    grid: '#dfe3e8',
    train: '#0072b2',
    validation: '#d55e00',
  },
  dark: {
    ground: '#14181d',
    ink: '#e8ebef',
    quiet: '#a3adb8',
    grid: '#2e353d',
    train: '#56b4e9',
    validation: '#f5902e',
  },
};
type Palette = (typeof PALETTES)['light'];

const LINES = [
  { name: 'train', label: 'Training loss', loss: ({ trainLoss }: PlottedEpoch) => trainLoss },
  { name: 'validation', label: 'Validation loss', loss: ({ validationLoss }: PlottedEpoch) => validationLoss },
] as const;

/** @param job what the plot is of, in the words of its reader: the job's name, or its id */
export function lossPlot(job: string, epochs: readonly PlottedEpoch[], theme: Theme): string {
  const of = escapeXml(job);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">Training and Validation Loss of ${of}</title>`,
    `<desc id="desc">${escapeXml(descriptionOf(epochs))}</desc>`,
    `<style>${styleOf(theme)}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="heading" x="${AREA.left}" y="32">Training and Validation Loss</text>`,
    ...(epochs.length === 0 ? emptyState() : plotOf(epochs)),
    '</svg>\n',
  ].join('\n');
}

function descriptionOf(epochs: readonly PlottedEpoch[]): string {
  const [first, last] = [epochs[0], epochs.at(-1)];
  if (!first || !last) return 'No epoch is done yet.';
  if (first === last) {
    return `After epoch ${last.epoch}: training loss ${figure(last.trainLoss)}, validation loss ${figure(last.validationLoss)}.`;
  }
  const best = epochs.reduce((lowest, row) => (row.validationLoss < lowest.validationLoss ? row : lowest));
  return [
    `Over ${last.epoch} epochs the training loss goes from ${figure(first.trainLoss)} to ${figure(last.trainLoss)},`,
    `the validation loss from ${figure(first.validationLoss)} to ${figure(last.validationLoss)};`,
    `the lowest validation loss, ${figure(best.validationLoss)}, is that of epoch ${best.epoch}.`,
  ].join(' ');
}

function emptyState(): string[] {
  const [x, y] = [(AREA.left + AREA.right) / 2, (AREA.top + AREA.bottom) / 2];
  return [
    `<path class="grid" d="M${AREA.left} ${AREA.bottom}H${AREA.right}"/>`,
    `<text class="empty" x="${x}" y="${y}" text-anchor="middle">No epoch is done yet</text>`,
    axisTitles(),
  ];
}

function plotOf(epochs: readonly PlottedEpoch[]): string[] {
  const losses = epochs.flatMap((row) => LINES.map(({ loss }) => loss(row)));
  const vertical = ticksOf({ low: Math.min(...losses), high: Math.max(...losses) });
  const horizontal = wholeTicks({ low: epochs[0]?.epoch ?? 1, high: epochs.at(-1)?.epoch ?? 1 });
  const x = scale(horizontal.span, { low: AREA.left, high: AREA.right });
  const y = scale(vertical.span, { low: AREA.bottom, high: AREA.top });
  return [
    ...vertical.ticks.flatMap((tick) => [
      `<path class="grid" d="M${AREA.left} ${y(tick)}H${AREA.right}"/>`,
      `<text class="tick" x="${AREA.left - 10}" y="${y(tick) + 4.5}" text-anchor="end">${tickLabel(tick, vertical.step)}</text>`,
    ]),
    `<path class="axis" d="M${AREA.left} ${AREA.bottom}H${AREA.right}"/>`,
    ...horizontal.ticks.flatMap((tick) => [
      `<path class="axis" d="M${x(tick)} ${AREA.bottom}v6"/>`,
      `<text class="tick" x="${x(tick)}" y="${AREA.bottom + 22}" text-anchor="middle">${tick}</text>`,
    ]),
    axisTitles(),
    ...LINES.flatMap(({ name, loss }) =>
      lineOf(
        name,
        epochs.map((row) => ({ x: x(row.epoch), y: y(loss(row)) })),
      ),
    ),
    ...legend(),
  ];
}

function axisTitles(): string {
  const middle = (AREA.top + AREA.bottom) / 2;
  return [
    `<text class="label" x="${(AREA.left + AREA.right) / 2}" y="${HEIGHT - 18}" text-anchor="middle">Epochs</text>`,
    `<text class="label" transform="translate(24 ${middle}) rotate(-90)" text-anchor="middle">Loss</text>`,
  ].join('\n');
}

interface Point {
  x: number;
  y: number;
}

function lineOf(name: (typeof LINES)[number]['name'], points: readonly Point[]): string[] {
  const path = points.map((point) => `${point.x} ${point.y}`).join('L');
  return [
    ...(points.length > 1 ? [`<path class="line ${name}" d="M${path}"/>`] : []),
    ...(points.length <= DOTS_AT_MOST ? points.map((point) => dot(name, point)) : []),
  ];
}

/** Round for training, square for validation. */
function dot(name: (typeof LINES)[number]['name'], { x, y }: Point): string {
  return name === 'train'
    ? `<circle class="dot ${name}" cx="${x}" cy="${y}" r="3.5"/>`
    : `<rect class="dot ${name}" x="${round(x - 3.5)}" y="${round(y - 3.5)}" width="7" height="7"/>`;
}

/** Beside the heading, where no line can run through it. */
function legend(): string[] {
  const starts = [AREA.right - 290, AREA.right - 140];
  return LINES.flatMap(({ name, label }, i) => {
    const [x, y] = [starts[i] as number, 27];
    return [
      `<path class="line ${name}" d="M${x} ${y}h28"/>`,
      dot(name, { x: x + 14, y }),
      `<text class="tick" x="${x + 36}" y="${y + 4.5}">${label}</text>`,
    ];
  });
}

/** From values to places, a tenth of a pixel exact. */
function scale(from: Span, to: Span): (value: number) => number {
  return (value) => round(to.low + ((value - from.low) / (from.high - from.low)) * (to.high - to.low));
}

function round(place: number): number {
  return Math.round(place * 10) / 10;
}

/** Three or four digits that matter, as in 2.183, 0.957 and 1.2e+30. */
function figure(loss: number): string {
  return loss !== 0 && (Math.abs(loss) < 1e-3 || Math.abs(loss) >= 1e5)
    ? loss.toExponential(2)
    : String(Number(loss.toPrecision(4)));
}

/** Rules and no custom properties, which image viewers and converters do not know. */
function styleOf(theme: Theme): string {
  const shape =
    'text{font:14px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}' +
    '.heading{font-size:18px;font-weight:600}.empty{font-size:16px}.tick{font-size:13px;font-variant-numeric:tabular-nums}' +
    'path{fill:none}.grid,.axis{stroke-width:1}.line{stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}' +
    '.line.validation{stroke-dasharray:7 5}';
  if (theme !== 'auto') return shape + coloursOf(PALETTES[theme]);
  return `${shape}${coloursOf(PALETTES.light)}@media (prefers-color-scheme:dark){${coloursOf(PALETTES.dark)}}`;
}

function coloursOf({ ground, ink, quiet, grid, train, validation }: Palette): string {
  return (
    `.ground{fill:${ground}}text{fill:${ink}}.tick,.empty{fill:${quiet}}.grid{stroke:${grid}}.axis{stroke:${quiet}}` +
    `.line.train{stroke:${train}}.line.validation{stroke:${validation}}` +
    `.dot.train{fill:${train}}.dot.validation{fill:${validation}}`
  );
}

/** For text and attributes; what XML cannot hold at all is left out. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  const allowed = text.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '');
  return allowed.replaceAll(/[&<>"']/g, (character) => entities[character] as string);
}
