/** `npm run api`, `npm run worker`: sets the checkout up, then runs that one process in the foreground. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { readFlags } = await import('./setup/arguments.mjs');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { dataFolder } = await import('./setup/root.mjs');
const { runMain, SetupError } = await import('./setup/say.mjs');

await runMain(async () => {
  const [name, ...rest] = process.argv.slice(2);
  if (name !== 'api' && name !== 'worker') throw new SetupError('Say what to run: npm run api, or npm run worker.');
  readFlags(rest, { command: `npm run ${name}`, flags: [] });
  await prepareCheckout();
  const { runInForeground } = await import('./yard/foreground.mjs');
  return runInForeground(name, process.env, dataFolder(process.env));
});
