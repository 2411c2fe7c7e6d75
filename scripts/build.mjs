/** `npm run build`: compiles to dist/. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { readFlags } = await import('./setup/arguments.mjs');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { runMain } = await import('./setup/say.mjs');

await runMain(async () => {
  readFlags(process.argv.slice(2), { command: 'npm run build', flags: [] });
  await prepareCheckout();
  return 0;
});
