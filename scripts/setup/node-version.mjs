/**
 * Refuses a Node that is too old, before anything is imported that such a Node could not read.
 * This file and the entry scripts that import it keep to what Node 14 understands.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

/**
 * @param {string} version as `process.versions.node` gives it
 * @param {string} range `>=MAJOR.MINOR`, as package.json's engines has it
 */
export function isNodeRecentEnough(version, range) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = range.replace('>=', '').split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** Ends the process with a message when this Node is too old. */
export function requireRecentNode() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  if (isNodeRecentEnough(process.versions.node, engines.node)) return;
  console.error(
    `Trainyard needs Node ${engines.node.replace('>=', '')} or newer; this is ${process.versions.node} ` +
      `(${process.execPath}). Install a current one from https://nodejs.org and run the command again.`,
  );
  process.exit(1);
}
