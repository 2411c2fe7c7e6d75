/** The dashboard's pages in a headless browser: opened, looked over by axe, and taken as the documents' pictures. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';

/** Where `npm run screenshots` has the documents' pictures put; unset in a mere test. */
const PICTURES = process.env.TRAINYARD_SCREENSHOTS;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** For one thing to come; other tests may want the processor meanwhile. */
export const PATIENCE_MS = 60_000;

export const LAPTOP = { width: 1280, height: 800 };
/** The narrowest phone that is cared for. */
export const PHONE = { width: 360, height: 740 };

interface PageOptions {
  colors?: 'light' | 'dark';
  size?: { width: number; height: number };
}

export interface OpenPage extends Page {
  /** What went wrong in the page so far: exceptions, and errors on its console. */
  faults: string[];
}

/** A page in a profile of its own; our content security policy does not keep axe out of it. */
export async function newPage(
  browser: Browser,
  { colors = 'light', size = LAPTOP }: PageOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: colors,
    reducedMotion: 'reduce',
    hasTouch: size === PHONE,
    deviceScaleFactor: PICTURES === undefined ? 1 : 2,
    bypassCSP: true,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} (${message.location().url})`);
  });
  return Object.assign(page, { faults });
}

/** What axe finds against WCAG 2.2 AA and its own best practices, in words; nothing when all is well. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`));
}

/** Whether the page as a whole can be scrolled sideways, which no page of ours may. */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
}

interface PictureOptions {
  /** What must have come before it is taken. */
  after?: Locator;
  /** As long as it is, not only its first screen. */
  isWhole?: boolean;
}

/** Takes a picture of a page, or of a part of one, for the documents. @param name without ending */
export async function picture(
  what: Page | Locator,
  name: string,
  { after, isWhole = false }: PictureOptions = {},
): Promise<void> {
  if (PICTURES === undefined) return;
  await after?.waitFor();
  const path = join(PICTURES, `${name}.png`);
  if (!('goto' in what)) return void (await what.screenshot({ path }));
  await what.evaluate('scrollTo(0, 0)');
  await what.screenshot({ path, fullPage: isWhole });
}
