/** A job as its owner watches it in the browser: submitted, training, bereft of its worker, completed, cancelled. */
import { readFileSync } from 'node:fs';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeBrowser, launchBrowser } from '../shared/testing/browser.ts';
import { until } from '../shared/testing/processes.ts';
import { newPage, type OpenPage, picture } from './testing/pages.ts';
import { startTestYard, type TestYard } from './testing/yard.ts';

/** 250 steps an epoch. */
const SPEC = { epochs: 12, trainSize: 4000, validationSize: 500, optimizer: { learningRate: 0.02 }, seed: 7 };
/** A second an epoch, however fast the machine is: its worker dies long before it is done. The bits do not depend on it. */
const OF_VICTIM = { STEP_MS: '4' };
/** A quarter of that: its epochs can be seen, too. */
const OF_RESCUER = { STEP_MS: '1' };

describeBrowser('watching a job', () => {
  let yard: TestYard;
  let browser: Browser;
  let page: OpenPage;

  beforeAll(async () => {
    yard = await startTestYard();
    browser = await launchBrowser();
    page = await newPage(browser);
  });
  beforeEach(() => {
    page.faults.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await yard?.close();
  });

  it('submitted in the form, its curve grows; its worker is killed, the timeline says so, and the bits are the same', async () => {
    const undisturbed = await yard.client.submit({ kind: 'train', spec: SPEC });
    const first = await yard.worker('first');
    await yard.reached(undisturbed.id, 'completed');
    first.kill('SIGKILL');
    await first.exited;
    const victim = await yard.worker('victim', OF_VICTIM);

    await page.goto(`${yard.url}/submit`);
    await page.getByLabel('Name').fill('Watched');
    await page.getByLabel('Epochs', { exact: true }).fill(String(SPEC.epochs));
    const trainSize = page.getByRole('radiogroup', { name: 'Train size' });
    await trainSize.getByRole('radio', { name: 'a number' }).check();
    await trainSize.getByRole('spinbutton').fill(String(SPEC.trainSize));
    await page.getByLabel('Validation size').fill(String(SPEC.validationSize));
    await page.getByLabel('Learning rate').fill(String(SPEC.optimizer.learningRate));
    await page.getByLabel('Seed').fill(String(SPEC.seed));
    await page.getByText(/starts .*ends in/i).waitFor();
    await page.getByRole('button', { name: /^Submit/ }).click();
    await page.waitForURL(/\/jobs\/j/);
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';

    const chart = page.getByRole('img', { name: /^Loss by epoch/ });
    const drawn = await until(async () => (await extent(chart)) || null, { what: 'a curve is drawn' });
    const grown = await until(async () => ((now) => now > drawn && now)(await extent(chart)), { what: 'it grows' });
    expect(grown).toBeGreaterThan(drawn);

    victim.kill('SIGKILL');
    const rescuer = await yard.worker('rescuer', OF_RESCUER);
    const timeline = page.getByRole('region', { name: /^Attempts/ });
    await timeline
      .getByText(/worker lost/i)
      .first()
      .waitFor();
    await timeline.getByText('rescuer').first().waitFor();
    await picture(page, 'job', { after: page.getByText(/epoch ([5-9]|1[01]) of 12/i).first() });
    await picture(timeline, 'attempts');
    await page.getByText('Completed', { exact: true }).first().waitFor();

    const results = [(await yard.client.get(undisturbed.id)).result, (await yard.reached(id, 'completed')).result];
    const hashes = results.map((result) => result !== null && 'parametersSha256' in result && result.parametersSha256);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
    await page.getByText(String(hashes[0]).slice(0, 8)).first().waitFor();
    expect(page.faults).toEqual([]);
    rescuer.kill('SIGKILL');
  });

  it('its checkpoint, metrics and plot can be saved from its page', async () => {
    await yard.worker('trainer');
    const { id } = await yard.client.submit({ kind: 'train', spec: { ...SPEC, epochs: 1 } });
    await yard.reached(id, 'completed');
    await page.goto(`${yard.url}/jobs/${id}`);
    const saved = async (name: RegExp) => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name }).or(page.getByRole('link', { name })).click(),
      ]);
      return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
    };
    const { best } = await yard.client.checkpoints(id);
    const checkpoint = await saved(/^File of/);
    expect(checkpoint.name).toBe(`${id}-${best}.safetensors`);
    expect(checkpoint.bytes.equals(await yard.client.checkpointFile(id, 'best'))).toBe(true);
    const metrics = await saved(/^CSV/);
    expect(metrics.name).toBe(`${id}-metrics.csv`);
    expect(metrics.bytes.toString()).toBe(await yard.client.metricsCsv(id));
    const plot = await saved(/^SVG/);
    expect(plot.bytes.toString()).toContain('<svg');
    expect(page.faults).toEqual([]);
  });

  it('cancelled on its page, retried, and deleted', async () => {
    await yard.worker('patient');
    const { id } = await yard.client.submit({ kind: 'train', name: 'Doomed', spec: { epochs: 1000 } });
    await page.goto(`${yard.url}/jobs/${id}`);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.getByRole('button', { name: 'Retry job' }).click();
    await yard.reached(id, 'active');
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete job' }).click();
    await page.waitForURL(`${yard.url}/`);
    await expect(yard.client.get(id)).rejects.toMatchObject({ status: 404 });
    expect(page.faults).toEqual([]);
  });

  it('deleted by somebody else while it is shown: its page says so, and asks for it no more', async () => {
    const { id } = await yard.client.submit({ kind: 'train', spec: { epochs: 1000 } });
    await yard.client.cancel(id);
    await yard.reached(id, 'cancelled');
    const witness = await newPage(browser);
    await witness.clock.install();
    await witness.goto(`${yard.url}/jobs/${id}`);
    await witness.getByRole('button', { name: 'Delete', exact: true }).waitFor();
    await yard.client.remove(id);
    await witness.getByText('No such job').waitFor();

    const asked: string[] = [];
    witness.on('request', (request) => asked.push(request.url()));
    await witness.clock.runFor(60_000);
    await witness.evaluate('fetch("/healthz")');
    expect(asked.at(-1)).toContain('/healthz');
    expect(asked.filter((url) => url.includes(id))).toEqual([]);
    // What was on its way as the other deleted it is not there, and may say so.
    const isOfDeletion = (fault: string) => fault.includes('404') && fault.includes(id);
    expect(witness.faults.filter((fault) => !isOfDeletion(fault))).toEqual([]);
    await witness.context().close();
  });
});

/** What is used of it here; the types of the DOM are not among the server's. */
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): { data: Uint8Array } };
}

/** How far to the right a coloured curve is drawn, in pixels; 0 where none is. */
function extent(chart: Locator): Promise<number> {
  return chart.locator('canvas').evaluate((element) => {
    const canvas = element as unknown as Canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let right = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(i, i + 4);
      const isColored = alpha > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60;
      if (isColored) right = Math.max(right, (i / 4) % canvas.width);
    }
    return right;
  });
}
