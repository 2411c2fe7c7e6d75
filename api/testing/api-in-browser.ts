/** For tests of the API's pages that need no worker. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchBrowser } from '../../shared/testing/browser.ts';
import { startTestApiWithRedis, type TestApiWithRedis } from './api.ts';

/** Called in a `describeBrowser`: an API with a Redis of its own, and a browser, there while its tests run. */
export function apiInBrowser(): { api: TestApiWithRedis; browser: Browser } {
  const here = {} as { api: TestApiWithRedis; browser: Browser };
  beforeAll(async () => {
    here.api = await startTestApiWithRedis();
    here.browser = await launchBrowser();
  });
  afterAll(async () => {
    await here.browser?.close();
    await here.api?.close();
  });
  return here;
}
