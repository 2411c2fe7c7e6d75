/** Every command of docs/tutorial.md, run in order as its reader would. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageFile } from '../shared/package-root.ts';
import { cannotPaste, codeOf, type GuidedYard, startGuidedYard } from './testing/guide.ts';

const DOCUMENT = 'docs/tutorial.md';
const HASH = '[0-9a-f]{64}';

let yard: GuidedYard;
beforeAll(async () => {
  // The killed worker's lock runs out sooner here than the document says; all else is as there. Not much sooner: the
  // one that lives must not lose its own.
  yard = await startGuidedYard({ JOB_LOCK_MS: '6000', STALLED_CHECK_MS: '1000' });
});
afterAll(() => yard.close());

test.skipIf(cannotPaste)(
  'the tutorial ends as it says, and the killed worker changes no bit',
  { timeout: 240_000 },
  async () => {
    const [start, ...rest] = codeOf(DOCUMENT, 'sh');
    expect(start).toBe('npm start\n');
    const { code, output } = await yard.paste(rest.join(''));
    expect(code, output).toBe(0);
    expect(output).toMatch(/^1 \S+: worker-lost\n2 \S+: completed$/m);
    expect(output, 'the two runs side by side').toMatch(new RegExp(`^(${HASH})\\n\\1$`, 'm'));
    expect(output).toMatch(/^place \d+ in train-cpu, starts in \d+ s, ends in \d+ s$/m);
    expect(output.match(/^\d\.\d{4} {2}rate [\d.]+$/gm)).toHaveLength(10);
    expect(output).toMatch(/^\d+ epochs, test accuracy 0\.9\d*$/m);
    expect(output).toMatch(/^image \d+ is a \d, taken for a \d$/m);

    const left = (await (await fetch(`${yard.url}/v1/jobs`)).json()) as { jobs: unknown[] };
    expect(left.jobs, 'all tidied up').toEqual([]);
  },
);

test('its pictures are there', () => {
  const images = [...readFileSync(packageFile(DOCUMENT), 'utf8').matchAll(/!\[.*?\]\((.*?)\)/g)];
  expect(images.length).toBeGreaterThan(0);
  for (const [, path] of images) expect(existsSync(packageFile(`docs/${path}`)), path).toBe(true);
});
