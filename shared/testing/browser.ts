/** A headless Chromium for `*.browser.test.ts`; where `npm test` found none, their tests are skipped. */
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';
import { lookForBrowser } from '../../scripts/setup/browser.mjs';

const path = await findTestBrowser();

/** `describe` for tests that need a browser. */
export const describeBrowser = describe.skipIf(path === null);

/** With a profile of its own, removed when it is closed; it calls nobody but the pages that it is told to open. */
export async function launchBrowser(): Promise<Browser> {
  if (path === null) throw new Error('there is no Chromium: put tests that need one into describeBrowser');
  return chromium.launch({
    executablePath: path,
    timeout: 120_000,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What `npm test` has found, or for a test run by vitest alone, what is there now. */
async function findTestBrowser(): Promise<string | null> {
  const found = process.env.TRAINYARD_TEST_CHROMIUM;
  if (found !== undefined) return found === '' ? null : found;
  return (await lookForBrowser(process.env, []))?.path ?? null;
}
