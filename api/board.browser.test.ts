/** The board as an operator sees it. */
import { expect, it } from 'vitest';
import { describeBrowser } from '../shared/testing/browser.ts';
import { BOARD_PATH } from './board-page.ts';
import { apiInBrowser } from './testing/api-in-browser.ts';
import { PATIENCE_MS } from './testing/pages.ts';

describeBrowser('the board in a browser', () => {
  const here = apiInBrowser();

  it('shows the queues, and a submitted job among the prioritized ones, with the way to its page', async () => {
    const { body: job } = await here.api.submit();
    // Not newPage of ours: here alone the board runs under its content security policy.
    const page = await here.browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    // BullMQ's word for a waiting job that has a priority, as all of ours have.
    await page.goto(`${here.api.url}${BOARD_PATH}/queue/train-cpu?status=prioritized`);
    await page.getByText(job.id).first().waitFor();
    expect(await page.title()).toBe('Trainyard');
    for (const queue of Object.keys(here.api.queues)) {
      expect(await page.getByRole('link', { name: queue }).count(), queue).toBeGreaterThan(0);
    }
    await page.getByText(job.id).first().click();
    await page.locator(`a[href="/jobs/${job.id}"]`).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });
});
