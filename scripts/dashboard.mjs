/** `npm run dashboard [-- URL of an API]`: the dashboard from its sources, reloaded as they change, over a running API. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { join } = await import('node:path');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { ROOT } = await import('./setup/root.mjs');
const { runMain, SetupError } = await import('./setup/say.mjs');

/** What the API answers itself: REST, its documentation, bull-board. */
const API_PATHS = ['/v1', '/docs', '/openapi.json', '/board', '/admin', '/login', '/logout'];

await runMain(async () => {
  const [target = 'http://127.0.0.1:3000'] = process.argv.slice(2);
  if (!URL.canParse(target))
    throw new SetupError(`"${target}" is not the URL of an API, such as http://127.0.0.1:3000.`);
  await prepareCheckout();
  const { createServer } = await import('vite');
  const server = await createServer({
    configFile: join(ROOT, 'api/dashboard/vite.config.ts'),
    server: { proxy: Object.fromEntries(API_PATHS.map((path) => [path, { target }])) },
  });
  await server.listen();
  server.printUrls();
  // Ctrl-C ends it.
  return new Promise(() => {});
});
