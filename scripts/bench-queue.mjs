/** `npm run bench:queue`: sets up what is missing, then measures the queue. `--quick` measures a few seconds, and writes nothing. */
import { join } from 'node:path';
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { readFlags } = await import('./setup/arguments.mjs');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { show } = await import('./setup/exec.mjs');
const { ROOT } = await import('./setup/root.mjs');
const { runMain } = await import('./setup/say.mjs');

await runMain(async () => {
  const flags = readFlags(process.argv.slice(2), { command: 'npm run bench:queue', flags: ['--quick'] });
  await prepareCheckout();
  return show(process.execPath, [join(ROOT, 'dist', 'bench', 'queue', 'main.js'), ...flags], { cwd: ROOT });
});
