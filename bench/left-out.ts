/** What a benchmark could not measure, and why: noted at once, and written into its report. */
import { note } from '../scripts/setup/say.mjs';

/** Characters of a fault that a report quotes: of a process that died, what it said last tells most. */
const QUOTED = 300;

export type LeftOut = ReturnType<typeof createLeftOut>;

export function createLeftOut() {
  const lines: string[] = [];
  return {
    add(what: string, why: string): void {
      const line = `${what}: ${inShort(why)}`;
      note(`Left out: ${line}`);
      lines.push(line);
    },
    /** Its paragraphs in the report: none where all was measured. */
    report: (): string[] => (lines.length === 0 ? [] : ['Left out:', lines.map((line) => `- ${line}`).join('\n')]),
  };
}

/** On one line. */
function inShort(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > QUOTED ? `${line.slice(0, QUOTED / 3)} … ${line.slice((-2 * QUOTED) / 3)}` : line;
}
