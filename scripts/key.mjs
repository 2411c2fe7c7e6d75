/** `npm run key -- --name NAME --role ROLE [--file PATH]`: sets the checkout up, then makes an API key. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { join } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { ROOT } = await import('./setup/root.mjs');
const { runMain } = await import('./setup/say.mjs');

await runMain(async () => {
  await prepareCheckout();
  await import(pathToFileURL(join(ROOT, 'dist/api/key.js')).href);
  return 0;
});
