/** `npm test`: sets the checkout up, then format and lint, types and build, and every test. Stops at the first that fails. */
import { requireRecentNode } from './setup/node-version.mjs';

requireRecentNode();
const { readTestArguments } = await import('./setup/arguments.mjs');
const { runMain } = await import('./setup/say.mjs');
const { testEverything } = await import('./setup/test-stages.mjs');

await runMain(() => testEverything(readTestArguments(process.argv.slice(2)), process.env));
