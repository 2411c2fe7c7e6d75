/**
 * `npm run bench`: sets the checkout up, then measures the engines beside PyTorch and TensorFlow (PYTHON= names a Python that has
 * them), and a whole job through the queue; some 20 minutes. `--quick` measures a few seconds of our own.
 */
import { join } from 'node:path';
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { readFlags } = await import('./setup/arguments.mjs');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { show } = await import('./setup/exec.mjs');
const { findRedisServer } = await import('./setup/redis-find.mjs');
const { ROOT } = await import('./setup/root.mjs');
const { note, runMain } = await import('./setup/say.mjs');

await runMain(async () => {
  const flags = readFlags(process.argv.slice(2), { command: 'npm run bench', flags: ['--quick'] });
  await prepareCheckout();
  // now, rather than after minutes of measuring
  await findRedisServer(process.env);
  if (!flags.has('--quick')) note('This takes some 20 minutes, best on a machine that does nothing else.');
  return show(process.execPath, [join(ROOT, 'dist', 'bench', 'engines', 'main.js'), ...flags], { cwd: ROOT });
});
