/** What holds for every page of the dashboard: open to everyone, by keyboard too, on a phone too, and nothing jumps. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeBrowser, launchBrowser } from '../shared/testing/browser.ts';
import { axeFindings, LAPTOP, newPage, PHONE, scrollsSideways } from './testing/pages.ts';
import { startTestYard, type TestYard } from './testing/yard.ts';

const SMALL = { epochs: 3, trainSize: 1000, validationSize: 200 };
/** Cumulative layout shift; up to 0.1 counts as good (web.dev/articles/cls). */
const MOST_SHIFT = 0.02;
const NOWHERE = 'j00000000000000000000';

/** Its address, and what is there once it has loaded. */
type PageToLookAt = [path: (jobs: Jobs) => string, loaded: string];
interface Jobs {
  completed: string;
  active: string;
  failed: string;
  evaluated: string;
  waiting: string;
}

const PAGES: Record<string, PageToLookAt> = {
  Jobs: [() => '/', 'table'],
  'Jobs, none of which match': [() => '/?name=nothing-is-called-this', 'text=No job matches'],
  'a completed job': [({ completed }) => `/jobs/${completed}`, 'canvas'],
  'an active job': [({ active }) => `/jobs/${active}`, 'canvas'],
  'a waiting job': [({ waiting }) => `/jobs/${waiting}`, 'h1 >> text=waiting'],
  'a failed job': [({ failed }) => `/jobs/${failed}`, 'text=failed'],
  'an evaluation': [({ evaluated }) => `/jobs/${evaluated}`, 'text=Confusion'],
  'a job that is not there': [() => `/jobs/${NOWHERE}`, 'text=No such job'],
  Submit: [() => '/submit', 'text=/ends in/'],
  'Submit a variant': [({ completed }) => `/submit?from=${completed}`, 'text=/ends in/'],
  'Submit, of a kind that is none': [() => '/submit?kind=__proto__', 'text=/ends in/'],
  'Submit a variant of a job that is none': [() => '/submit?from=counts', 'text=No such job'],
  'Submit an evaluation': [({ completed }) => `/submit?checkpoint=${completed}`, 'text=/ends in/'],
  'Compare, nothing chosen': [() => '/compare', 'h1'],
  Compare: [({ completed, active }) => `/compare?ids=${completed},${active}`, 'canvas'],
  Playground: [({ completed }) => `/playground?job=${completed}`, 'canvas'],
};

const ADD_UP_SHIFTS = `
  globalThis.shifted = 0;
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) globalThis.shifted += value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

/** Marks what has the focus now; true when there is nothing new. */
const NOTE_FOCUS = `(() => {
  const focused = document.activeElement;
  if (focused === null || focused === document.body || focused.dataset.tabbed) return true;
  const { outlineStyle, boxShadow } = getComputedStyle(focused);
  focused.dataset.tabbed = outlineStyle === 'none' && boxShadow === 'none' ? 'unseen' : 'seen';
  return false;
})()`;

const TABBED = `(() => {
  const all = [...document.querySelectorAll('a[href], button, input:not([type=radio]), select, textarea, summary, [tabindex="0"]')];
  const usable = all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0);
  const texts = (list) => list.map((one) => one.outerHTML.slice(0, 120));
  return {
    unreached: texts(usable.filter((one) => !one.dataset.tabbed)),
    unseen: texts(all.filter((one) => one.dataset.tabbed === 'unseen')),
  };
})()`;

async function tabThrough(page: Page): Promise<{ unreached: string[]; unseen: string[] }> {
  do await page.keyboard.press('Tab');
  while (!(await page.evaluate(NOTE_FOCUS)));
  return page.evaluate(TABBED);
}

describeBrowser('every page', () => {
  let yard: TestYard;
  let browser: Browser;
  let jobs: Jobs;

  beforeAll(async () => {
    yard = await startTestYard();
    browser = await launchBrowser();
    // It trains all the while: slowly, to leave the processor to the browser.
    await yard.worker('worker', { WORKER_QUEUES: 'train-cpu,eval', STEP_MS: '4' });
    const train = async (name: string, spec: object) =>
      (await yard.client.submit({ kind: 'train', name, tags: ['every-page'], spec })).id;
    const completed = await train('completed', SMALL);
    const failed = await train('failed', { ...SMALL, maxSeconds: 0.001 });
    await yard.reached(completed, 'completed');
    await yard.reached(failed, 'failed');
    const { id: evaluated } = await yard.client.submit({ kind: 'eval', spec: { checkpoint: { jobId: completed } } });
    await yard.reached(evaluated, 'completed');
    // Without checkpoints: a row of theirs that comes while Tab goes through a page would not be reached.
    const active = await train('active', { epochs: 1000, checkpoint: { everyEpochs: 1000 } });
    await yard.reached(active, 'active');
    jobs = { completed, failed, evaluated, active, waiting: await train('waiting', SMALL) };
  });
  afterAll(async () => {
    await browser?.close();
    await yard?.close();
  });

  async function open(name: string, options: Parameters<typeof newPage>[1]): Promise<Page> {
    const [path, loaded] = PAGES[name] as PageToLookAt;
    const page = await newPage(browser, options);
    await page.addInitScript(ADD_UP_SHIFTS);
    await page.goto(`${yard.url}${path(jobs)}`);
    await page.locator(loaded).first().waitFor();
    await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    return page;
  }

  describe.each(Object.keys(PAGES))('%s', (name) => {
    it('light, on a laptop: axe finds nothing, nothing jumps, and Tab reaches all and shows where it is', async () => {
      const page = await open(name, { colors: 'light', size: LAPTOP });
      expect(await axeFindings(page)).toEqual([]);
      expect(await page.evaluate('globalThis.shifted')).toBeLessThan(MOST_SHIFT);
      const { unreached, unseen } = await tabThrough(page);
      expect(unreached, 'not reached').toEqual([]);
      expect(unseen, 'reached, but not to be seen').toEqual([]);
      await page.context().close();
    });

    it('dark, on a phone: axe finds nothing, nothing jumps, and it does not scroll sideways', async () => {
      const page = await open(name, { colors: 'dark', size: PHONE });
      expect(await axeFindings(page)).toEqual([]);
      expect(await page.evaluate('globalThis.shifted')).toBeLessThan(MOST_SHIFT);
      expect(await scrollsSideways(page)).toBe(false);
      await page.context().close();
    });
  });

  it('the longest name and tag fit a phone', async () => {
    await yard.client.cancel(jobs.active);
    const tag = 'x'.repeat(64);
    const { id } = await yard.client.submit({ kind: 'train', name: 'W'.repeat(200), tags: [tag], spec: SMALL });
    await yard.reached(id, 'completed');
    const page = await newPage(browser, { size: PHONE });
    const named = (where: string) => `${where} >> text=/W{200}/`;
    const pages: Record<string, string[]> = {
      '/': [named('table')],
      [`/?tag=${tag}`]: [named('table')],
      [`/jobs/${id}`]: [named('h1'), 'canvas'],
      '/compare': [named('.compare-latest'), named('.picker-list')],
      [`/compare?ids=${id}`]: [named('table'), 'canvas'],
      [`/playground?job=${id}`]: [named('option'), 'canvas'],
      [`/submit?from=${id}`]: [named('.submit-origin'), 'text=/ends in/'],
      [`/submit?checkpoint=${id}`]: [named('.checkpoint-job .hint'), 'text=/ends in/'],
    };
    for (const [path, loaded] of Object.entries(pages)) {
      await page.goto(`${yard.url}${path}`);
      // Attached, not visible: the options of a list are not.
      for (const what of loaded) await page.locator(what).first().waitFor({ state: 'attached' });
      expect(await scrollsSideways(page), path).toBe(false);
    }
    await page.context().close();
  });
});
