/** Signing in, working by role and signing out, in a browser. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeBrowser, launchBrowser } from '../shared/testing/browser.ts';
import type { Role } from './access/roles.ts';
import { BOARD_PATH } from './board-page.ts';
import { TrainyardClient } from './client.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './testing/api.ts';
import { makeTestKeys, type TestKeys } from './testing/keys.ts';
import { axeFindings, LAPTOP, newPage, type OpenPage, PHONE, picture, scrollsSideways } from './testing/pages.ts';

/** Of a job on the board's page: priority, copy, edit, and last, remove. */
const JOB_BUTTONS = '[class*=jobActions] button';

describeBrowser('with keys, the dashboard', () => {
  let api: TestApiWithRedis;
  let keys: TestKeys;
  let browser: Browser;

  beforeAll(async () => {
    keys = makeTestKeys();
    api = await startTestApiWithRedis({ keys: keys.ring });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await api.close();
    keys.clear();
  });

  async function signIn(role: Role, path: string): Promise<OpenPage> {
    const page = await newPage(browser);
    await page.goto(`${api.url}${path}`);
    await page.getByLabel('API key').fill(keys[role]);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${api.url}${path}`);
    return page;
  }

  const client = () => new TrainyardClient({ baseUrl: api.url, apiKey: keys.submitter });
  const waitingJob = async () => (await client().submit({ kind: 'train' })).id;

  it.each([
    { colors: 'light', size: LAPTOP },
    { colors: 'dark', size: PHONE },
  ] as const)('has a login page that is open to everyone: $colors', async (options) => {
    const page = await newPage(browser, options);
    await page.goto(`${api.url}/compare?ids=a,b`);
    await page.getByLabel('API key').fill('ty_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This is not one of the keys.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    await picture(page, `login-${options.colors}`);
    await page.getByLabel('API key').fill(keys.viewer);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${api.url}/compare?ids=a,b`);
    await page.context().close();
  });

  it('lets a submitter work and leave: then streams end, in every tab, and there is nothing more to see', async () => {
    const page = await signIn('submitter', '/submit');
    await page.getByRole('button', { name: 'Submit job' }).click();
    await page.waitForURL(/\/jobs\/j\w+$/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page.locator('.job-badge').getByText('Cancelled').waitFor();

    const otherTab = await page.context().newPage();
    await otherTab.goto(`${api.url}/`);
    await otherTab.getByRole('status').getByText('Live').waitFor();
    const token = (await page.context().cookies()).filter(({ name }) => name === 'XSRF-TOKEN');
    await page.context().addCookies(token.map((cookie) => ({ ...cookie, value: 'of another session' })));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are still signed in: with a session').waitFor();
    expect(page.url()).not.toContain('/login');
    await page.context().addCookies(token);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${api.url}/login`);
    await otherTab.waitForURL(`${api.url}/login`);
    await page.goto(`${api.url}/docs`);
    expect(page.url()).toBe(`${api.url}/login?to=%2Fdocs`);
    await page.context().close();
  });

  it('offers a viewer nothing that only others may do, and the API refuses it too', async () => {
    const id = await waitingJob();
    const page = await signIn('viewer', `/jobs/${id}`);
    await page.locator(`a[href="/compare?ids=${id}"]`).waitFor();
    for (const name of ['Cancel', 'Submit', 'Submit a variant']) {
      expect(await page.getByText(name, { exact: true }).count(), name).toBe(0);
    }
    const refused = await page.evaluate(
      `fetch('/v1/jobs/${id}/cancel', {
        method: 'POST',
        headers: { 'x-xsrf-token': /XSRF-TOKEN=([^;]*)/.exec(document.cookie)[1] },
      }).then(async (response) => [response.status, (await response.json()).code])`,
    );
    expect(refused).toEqual([403, 'role-not-allowed']);
    await page.goto(`${api.url}/submit`);
    await page.getByText('Your key may look, but not submit').waitFor();
    await page.goto(`${api.url}${BOARD_PATH}/queue/train-cpu?status=prioritized`);
    await page.getByText(id).first().waitFor();
    expect(await page.locator(JOB_BUTTONS).count()).toBe(0);
    await page.context().close();
  });

  it('leads an admin to the board, whose own requests carry the token', async () => {
    const id = await waitingJob();
    const page = await signIn('admin', `${BOARD_PATH}/queue/train-cpu/${id}`);
    await page.getByText(id).first().waitFor();
    const answered = page.waitForResponse((response) => response.request().method() === 'PUT');
    await page.locator(JOB_BUTTONS).last().click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    expect((await answered).status()).toBe(204);
    expect((await client().get(id)).state).toBe('cancelled');
    await page.context().close();
  });
});
