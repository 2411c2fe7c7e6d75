/** `npm run openapi`: writes docs/openapi.json anew, from the table of routes. A test fails while it is stale. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { writeFileSync } = await import('node:fs');
const { join } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const { readFlags } = await import('./setup/arguments.mjs');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { ROOT } = await import('./setup/root.mjs');
const { runMain } = await import('./setup/say.mjs');

await runMain(async () => {
  readFlags(process.argv.slice(2), { command: 'npm run openapi', flags: [] });
  await prepareCheckout();
  /** @param {string} file */
  const compiled = (file) => import(pathToFileURL(join(ROOT, 'dist', 'api', file)).href);
  const { createOpenApi } = await compiled('openapi.js');
  const { routes } = await compiled('routes.js');
  writeFileSync(join(ROOT, 'docs', 'openapi.json'), `${JSON.stringify(createOpenApi(routes), null, 2)}\n`);
  return 0;
});
