/**
 * `npm run bench:gpu`: sets up TensorFlow for what this machine has, lets the engine pass its tests there, and measures
 * it beside PyTorch (PYTHON= names one that has it). `--quick` measures a few seconds, without the tests.
 */
import { join } from 'node:path';
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { readFlags } = await import('./setup/arguments.mjs');
const { prepareCheckout } = await import('./setup/checkout.mjs');
const { show, whereIs } = await import('./setup/exec.mjs');
const { ROOT } = await import('./setup/root.mjs');
const { note, runMain, SetupError } = await import('./setup/say.mjs');
const { packageFolder } = await import('./setup/tensorflow/places.mjs');
const { keepOrSetUp } = await import('./setup/tensorflow/set-up.mjs');
const { runVitest } = await import('./setup/vitest.mjs');

/** On a GPU the battery alone: to the bit, a graph is as op by op on a CPU only. */
const TESTS = 'dist/worker/engines/tfjs/tensorflow/';

await runMain(async () => {
  const flags = readFlags(process.argv.slice(2), { command: 'npm run bench:gpu', flags: ['--quick'] });
  await prepareCheckout();
  const flavour = whereIs('nvidia-smi', process.env) ? 'gpu' : 'cpu';
  const { device, name } = await keepOrSetUp(ROOT, flavour, process.env);
  if (flavour === 'gpu' && device !== 'gpu') {
    throw new SetupError('This machine has nvidia-smi, but TensorFlow finds no GPU that it can use: see above.');
  }
  if (!flags.has('--quick')) await testEngine(device, name);
  return show(process.execPath, [join(ROOT, 'dist', 'bench', 'gpu', 'main.js'), ...flags], { cwd: ROOT });
});

/** @param {string} device @param {string} name */
async function testEngine(device, name) {
  note(`\nTesting the engine on ${device} (${name}) …`);
  const libraries = join(packageFolder(ROOT), 'deps', 'lib');
  const { code } = await runVitest({
    node: { path: process.execPath, version: process.versions.node },
    args: [device === 'gpu' ? `${TESTS}tensorflow-engine` : TESTS],
    env: { ...process.env, TRAINYARD_TEST_TENSORFLOW: libraries },
    shown: true,
  });
  if (code === 0) return;
  throw new SetupError(`The engine does not pass its tests on ${device} (${name}): see above. Nothing is measured.`);
}
