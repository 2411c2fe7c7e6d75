/** `npm start`: sets the checkout up, then runs Redis, API and a worker until Ctrl-C. `--demo` trains a job. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { readFlags } = await import('./setup/arguments.mjs');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { ROOT, dataFolder } = await import('./setup/root.mjs');
const { runMain, SetupError } = await import('./setup/say.mjs');
const { keyHeaders } = await import('./yard/key-headers.mjs');
const { openScreen } = await import('./yard/screen.mjs');
const { untilSignal } = await import('./yard/signals.mjs');

await runMain(async () => {
  const flags = readFlags(process.argv.slice(2), { command: 'npm start', flags: ['--demo'] });
  const isDemo = flags.has('--demo');
  const hasKeys = Boolean(process.env.API_KEYS_FILE);
  const headers = keyHeaders(process.env);
  if (isDemo && hasKeys && headers.authorization === undefined) {
    throw new SetupError(
      'With API_KEYS_FILE the demo needs a key to submit its job with, in KEY: KEY=ty_… npm start -- --demo. ' +
        'npm run key -- --name demo --role submitter makes one.',
    );
  }
  await prepareCheckout();

  const { startYard } = await import('./yard/yard.mjs');
  const { runDemo } = await import('./demo.mjs');
  const screen = openScreen(process.stdout);
  const { signal, onSecond } = untilSignal();
  const dataDir = dataFolder(process.env);
  const options = { env: process.env, dataDir, screen, quiet: isDemo, signal };
  const yard = await startYard(options).catch((error) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (yard === null) return 0;

  const { url, board, note } = yard.api;
  screen.line('');
  if (note) screen.line(note);
  screen.line(`Dashboard  ${url}/`);
  screen.line(`API        ${url}/v1`);
  screen.line(`bull-board ${board}`);
  screen.line(`Worker     ${yard.workerName}`);
  screen.line(`Redis      ${yard.redis}`);
  screen.line(`Data       ${dataDir.replace(`${ROOT}/`, '')}`);
  screen.line('');
  if (!isDemo) {
    const withKey = hasKeys ? ' -H "authorization: Bearer $KEY"' : '';
    screen.line(`Submit a job (LeNet-5 on MNIST, 20 epochs)${hasKeys ? ', with your key in KEY' : ''}:`);
    screen.line(`  curl -s -X POST ${url}/v1/jobs -H 'content-type: application/json' -d '{"kind":"train"}'${withKey}`);
  }
  screen.line('Ctrl-C stops everything; a job that runs is checkpointed and goes on at the next start.');
  screen.line('');

  const demo = isDemo ? runDemo({ url, screen, signal, headers }) : Promise.resolve();
  // A demo that fails has said why, and the yard goes on, as it does after one that ends well.
  demo.catch((error) => screen.line(`The demo ended: ${error.message}`));
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', resolve);
  });
  screen.status(null);
  let killed = false;
  onSecond(() => {
    killed = true;
    screen.line('Killing worker and API.');
    yard.kill();
  });
  await yard.stop();
  return killed ? 130 : 0;
});
