/** The form of a submission as it is filled in: what is said of a field, and when. */
import { expect, it } from 'vitest';
import { describeBrowser } from '../shared/testing/browser.ts';
import { apiInBrowser } from './testing/api-in-browser.ts';
import { newPage } from './testing/pages.ts';

describeBrowser('submitting a job', () => {
  const here = apiInBrowser();

  it('a number that was just switched on is not complained about, nor asked about; left empty it is', async () => {
    const page = await newPage(here.browser);
    await page.clock.install();
    await page.goto(`${here.api.url}/submit`);
    const dryRun = page.getByRole('region', { name: 'Dry run' });
    await dryRun.getByText('Valid.', { exact: true }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));

    const trainSize = page.getByRole('radiogroup', { name: 'Train size' });
    await trainSize.getByRole('radio', { name: 'a number' }).check();
    await trainSize.getByRole('spinbutton').waitFor();
    await page.clock.runFor(10_000);
    await page.evaluate('fetch("/healthz")');
    expect(asked.at(-1)).toContain('/healthz');
    expect(asked.filter((url) => url.includes('dryRun'))).toEqual([]);
    await dryRun.getByText('Valid.', { exact: true }).waitFor();
    expect(page.faults).toEqual([]);

    await trainSize.getByRole('spinbutton').press('Tab');
    await page.clock.runFor(1000);
    await dryRun.getByText('Not yet valid.').waitFor();
    await trainSize.getByText('Must be').waitFor();
    await trainSize.getByRole('spinbutton').fill('8000');
    await page.clock.runFor(1000);
    await dryRun.getByText('Valid.', { exact: true }).waitFor();
    await trainSize.getByText('Must be').waitFor({ state: 'detached' });
    await page.context().close();
  });
});
