/** `npm run dashboard [-- URL of an API]`: the dashboard from its sources, reloaded as they change, over a running API. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { join } = await import('node:path');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { ROOT } = await import('./setup/root.mjs');

/** What the API answers itself: REST, its documentation, bull-board. */
const API_PATHS = ['/v1', '/docs', '/openapi.json', '/board', '/admin'];

await prepareCheckout();
const target = process.argv[2] ?? 'http://127.0.0.1:3000';
const { createServer } = await import('vite');
const server = await createServer({
  configFile: join(ROOT, 'api/dashboard/vite.config.ts'),
  server: { proxy: Object.fromEntries(API_PATHS.map((path) => [path, { target }])) },
});
await server.listen();
server.printUrls();
