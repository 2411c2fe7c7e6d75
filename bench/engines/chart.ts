/** Bars side by side, as an SVG that stands for itself, in light and dark. */
import { escapeXml, PALETTES } from '../../api/loss-plot.ts';

export interface Bar {
  label: string;
  value: number;
  /** The value as it is shown. */
  text: string;
  whose: 'ours' | 'theirs' | "the machine's";
}

export interface BarGroup {
  title: string;
  bars: readonly Bar[];
}

const WIDTH = 720;
const LABELS = 264;
const LONGEST = WIDTH - LABELS - 84;
const BAR = 18;
const STEP = 26;
const TITLE = 44;

/** Longest first within a group; each group has a scale of its own. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const heights = groups.map(({ bars }) => TITLE + bars.length * STEP);
  const height = heights.reduce((sum, one) => sum + one, 20);
  const tops = groups.map((_, i) => heights.slice(0, i).reduce((sum, one) => sum + one, 0));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<style>${style()}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...groups.flatMap((group, i) => groupAt(tops[i] as number, group)),
    '</svg>\n',
  ].join('\n');
}

function groupAt(top: number, { title, bars }: BarGroup): string[] {
  const longest = Math.max(...bars.map(({ value }) => value));
  return [
    `<text class="heading" x="20" y="${top + 30}">${escapeXml(title)}</text>`,
    ...bars
      .toSorted((a, b) => b.value - a.value)
      .flatMap(({ label, value, text, whose }, i) => {
        const y = top + TITLE + i * STEP;
        const length = Math.max(1, Math.round((value / longest) * LONGEST));
        return [
          `<text x="${LABELS - 8}" y="${y + 14}" text-anchor="end">${escapeXml(label)}</text>`,
          `<rect class="${CLASSES[whose]}" x="${LABELS}" y="${y}" width="${length}" height="${BAR}"/>`,
          `<text x="${LABELS + length + 8}" y="${y + 14}">${escapeXml(text)}</text>`,
        ];
      }),
  ];
}

const CLASSES = { ours: 'ours', theirs: 'theirs', "the machine's": 'ceiling' } as const;

/** Rules and no custom properties, which image viewers and converters do not know. */
function style(): string {
  const shape =
    'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}' +
    '.heading{font-size:16px;font-weight:600}.ceiling{fill:none;stroke-dasharray:4 3}';
  const colours = ({ ground, ink, quiet, train }: (typeof PALETTES)['light']) =>
    `.ground{fill:${ground}}text{fill:${ink}}.ours{fill:${train}}.theirs{fill:${quiet}}.ceiling{stroke:${quiet}}`;
  return `${shape}${colours(PALETTES.light)}@media (prefers-color-scheme:dark){${colours(PALETTES.dark)}}`;
}
