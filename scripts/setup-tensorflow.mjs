/** `npm run setup:tensorflow -- --cpu | --gpu`: makes TensorFlow available on this machine. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { readTensorflowArguments } = await import('./setup/tensorflow/arguments.mjs');
const { ensureInstalled } = await import('./setup/install.mjs');
const { ROOT } = await import('./setup/root.mjs');
const { runMain } = await import('./setup/say.mjs');
const { setUpTensorflow } = await import('./setup/tensorflow/set-up.mjs');

await runMain(async () => {
  const options = readTensorflowArguments(process.argv.slice(2));
  await ensureInstalled(ROOT);
  await setUpTensorflow(ROOT, options, process.env);
  return 0;
});
