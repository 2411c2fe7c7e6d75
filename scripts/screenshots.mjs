/** `npm run screenshots`: takes the pictures in docs/images anew, by the tests in a browser, from a yard of real processes. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { mkdirSync } = await import('node:fs');
const { join } = await import('node:path');
const { readFlags } = await import('./setup/arguments.mjs');
const { ROOT } = await import('./setup/root.mjs');
const { runMain } = await import('./setup/say.mjs');
const { testEverything } = await import('./setup/test-stages.mjs');

await runMain(() => {
  readFlags(process.argv.slice(2), { command: 'npm run screenshots', flags: [] });
  const folder = join(ROOT, 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  const asked = { files: ['browser.test'], testName: null, allNodes: false };
  return testEverything(asked, { ...process.env, CI: undefined, TRAINYARD_SCREENSHOTS: folder });
});
