/** Ten learning rates, found in the list by their tag, ticked there, and compared. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeBrowser, launchBrowser } from '../shared/testing/browser.ts';
import type { TrainJobView } from '../shared/views.ts';
import { newPage, type OpenPage, picture } from './testing/pages.ts';
import { startTestYard, type TestYard } from './testing/yard.ts';

const RATES = [0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];
const nameOf = (learningRate: number) => `rate ${learningRate}`;

describeBrowser('comparing jobs', () => {
  let yard: TestYard;
  let browser: Browser;
  let page: OpenPage;
  let jobs: TrainJobView[];

  beforeAll(async () => {
    yard = await startTestYard();
    browser = await launchBrowser();
    page = await newPage(browser);
    await Promise.all([yard.worker('one'), yard.worker('another')]);
    const tags = ['learning-rates'];
    const { items } = await yard.client.submitMany(
      RATES.map((learningRate) => ({
        kind: 'train' as const,
        name: nameOf(learningRate),
        tags,
        spec: { epochs: 5, trainSize: 4000, validationSize: 1000, optimizer: { learningRate } },
      })),
    );
    const ids = items.flatMap((item) => ('job' in item ? [item.job.id] : []));
    jobs = [];
    // One after another: each has its own patience, and ten would ask the API 200 times a second.
    for (const id of ids) jobs.push((await yard.reached(id, 'completed')) as TrainJobView);
    await yard.client.submit({ kind: 'train', name: 'The reference run', tags: ['reference'] });
    await yard.client.submit({ kind: 'train', name: 'Another seed', tags: ['reference'], spec: { seed: 1 } });
  });
  afterAll(async () => {
    await browser?.close();
    await yard?.close();
  });

  it('ticked in the list, their curves lie over each other and the one field that differs is named', async () => {
    await page.goto(`${yard.url}/`);
    await page.getByText('Another seed').first().waitFor();
    await picture(page, 'jobs', { after: page.getByText('Epoch 4 of 20').first() });
    await page.goto(`${yard.url}/?tag=learning-rates`);
    for (const rate of RATES) await page.getByLabel(`Compare ${nameOf(rate)}`, { exact: true }).check();
    await page.getByRole('link', { name: 'Compare 10 jobs' }).click();

    const chart = page.getByRole('img', { name: /^Validation loss by epoch/ });
    await chart.locator('canvas').waitFor();
    const table = page.getByRole('table', { name: /Outcomes and specs/ });
    await table.getByText('Spec: 1 field differs').waitFor();
    const differing = table.getByRole('row', { name: /learningRate/ });
    expect(await differing.getByRole('cell').allTextContents()).toEqual(RATES.map(String));
    await page.getByRole('button', { name: /Best val. loss/i }).click();
    await picture(page, 'compare', { isWhole: true });
    expect(page.faults).toEqual([]);
  });

  it('the lowest validation loss is marked, and ordering by it puts that job first', async () => {
    const byLoss = [...jobs].sort((a, b) => lossOf(a) - lossOf(b));
    const headings = page.getByRole('columnheader').getByRole('link');
    expect(await headings.allTextContents()).toEqual(byLoss.map(({ name }) => name));
    const row = page.getByRole('row', { name: /Best val. loss/i });
    expect(await row.getByRole('cell').first().textContent()).toContain('the best');
    const variant = page.getByRole('link', { name: 'Submit a variant of the best' });
    expect(await variant.getAttribute('href')).toBe(`/submit?from=${byLoss[0]?.id}`);
  });

  it('the address says it all: opened elsewhere it shows the same', async () => {
    const elsewhere = await newPage(browser, { colors: 'dark' });
    await elsewhere.goto(page.url());
    const headings = (of: OpenPage) => of.getByRole('columnheader').getByRole('link').allTextContents();
    await elsewhere.getByText('Spec: 1 field differs').waitFor();
    expect(await headings(elsewhere)).toEqual(await headings(page));
    await elsewhere.context().close();
  });
});

function lossOf({ result }: TrainJobView): number {
  return result?.best.validationLoss ?? Number.POSITIVE_INFINITY;
}
