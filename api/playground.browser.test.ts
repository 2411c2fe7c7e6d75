/** Digits drawn by hand in the playground, what each epoch takes them for, and new checkpoints of a running job. */
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeBrowser, launchBrowser } from '../shared/testing/browser.ts';
import { newPage, type OpenPage, picture } from './testing/pages.ts';
import { startTestYard, type TestYard } from './testing/yard.ts';

type Stroke = [x: number, y: number][];

const arc = (x: number, y: number, radiusX: number, radiusY: number, from: number, to: number): Stroke =>
  Array.from({ length: 25 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180;
    return [x + radiusX * Math.cos(angle), y + radiusY * Math.sin(angle)];
  });

/** In a pad of 1 × 1. */
const DIGITS: Record<string, Stroke[]> = {
  0: [arc(0.5, 0.5, 0.2, 0.3, -90, 270)],
  1: [
    [
      [0.52, 0.2],
      [0.5, 0.8],
    ],
  ],
  3: [[...arc(0.48, 0.35, 0.18, 0.15, -150, 90), ...arc(0.48, 0.65, 0.2, 0.16, -90, 150)]],
  7: [
    [
      [0.3, 0.24],
      [0.7, 0.24],
      [0.45, 0.8],
    ],
  ],
};

describeBrowser('the playground', () => {
  let yard: TestYard;
  let browser: Browser;
  let page: OpenPage;
  let jobId: string;

  beforeAll(async () => {
    yard = await startTestYard();
    browser = await launchBrowser();
    page = await newPage(browser);
    await yard.worker('worker');
    const spec = {
      epochs: 4,
      trainSize: 16_000,
      head: 'linear',
      optimizer: { learningRate: 0.05 },
      checkpoint: { keepLast: 4 },
    } as const;
    jobId = (await yard.client.submit({ kind: 'train', name: 'To play with', spec })).id;
    await yard.reached(jobId, 'completed');
  });
  beforeEach(() => {
    page.faults.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await yard?.close();
  });

  it('knows digits that are drawn with the mouse', async () => {
    await page.goto(`${yard.url}/playground?job=${jobId}`);
    const pad = page.getByRole('img', { name: /^Drawing pad/ });
    const answerOf = (epoch: number) => page.getByRole('button', { name: new RegExp(`^Epoch ${epoch}: `) });
    for (const [digit, strokes] of Object.entries(DIGITS)) {
      await draw(pad, strokes);
      await page.getByText(`It is a ${digit}`, { exact: true }).waitFor();
      if (digit === '3') await picture(page, 'playground', { after: answerOf(1), isWhole: true });
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByText('Draw a digit', { exact: true }).waitFor();
    }
    expect(page.faults).toEqual([]);
  });

  it('shows what every epoch takes the digit for, as the API does; the slider chooses one', async () => {
    await page.getByRole('button', { name: 'Try a test image' }).click();
    const index = Number(/Test image (\d+)/.exec((await page.getByText(/^Test image/).textContent()) ?? '')?.[1]);
    const png = await yard.client.datasetImage('mnist', 'test', index);
    const image = Buffer.from(png).toString('base64');
    const slider = page.getByRole('slider', { name: 'Epoch' });
    await slider.press('Home');
    for (const epoch of [1, 2, 3, 4]) {
      const { probabilities, prediction } = await yard.client.predict({ checkpoint: { jobId, epoch }, image });
      const percent = `${(100 * (probabilities[prediction] ?? 0)).toFixed(1)}%`;
      await page.getByText(`Checkpoint of epoch ${epoch}`).waitFor();
      await page.getByRole('listitem').filter({ hasText: percent }).first().waitFor();
      await page.getByRole('button', { name: new RegExp(`^Epoch ${epoch}: .*${prediction}`) }).waitFor();
      expect(new URL(page.url()).searchParams.get('epoch')).toBe(String(epoch));
      await slider.press('ArrowRight');
    }
    expect(page.faults).toEqual([]);
  });

  it('follows the checkpoints of the job that is training now', async () => {
    // None is pruned: what the strip asks about is there.
    const spec = { epochs: 500, trainSize: 2000, checkpoint: { keepLast: 500 } };
    const running = await yard.client.submit({ kind: 'train', spec });
    for await (const event of yard.client.events(running.id)) if (event.type === 'checkpoint') break;
    await page.goto(`${yard.url}/playground`);
    await page.waitForURL(new RegExp(`job=${running.id}`));
    await page.getByRole('button', { name: 'Try a test image' }).click();
    const words = page.getByText(/^Checkpoint of epoch \d+/);
    const epochOf = async () => Number(/\d+/.exec((await words.textContent()) ?? '')?.[0]);
    const first = await epochOf();
    await page.getByText(new RegExp(`^Checkpoint of epoch (?!${first}\\b)\\d+`)).waitFor();
    expect(await epochOf()).toBeGreaterThan(first);
    await yard.client.cancel(running.id);
    expect(page.faults).toEqual([]);
  });
});

async function draw(pad: Locator, strokes: readonly Stroke[]): Promise<void> {
  const { mouse } = pad.page();
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (box === null) throw new Error('there is no pad');
  const at = ([x, y]: Stroke[number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  for (const [first, ...rest] of strokes) {
    if (first === undefined) continue;
    await mouse.move(...at(first));
    await mouse.down();
    for (const point of rest) await mouse.move(...at(point), { steps: 4 });
    await mouse.up();
  }
}
