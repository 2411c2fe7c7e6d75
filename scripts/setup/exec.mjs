/** Finds another program, and runs it to its end. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {object} Outcome
 * @property {number} code exit code; 127 when the program is not there, 128 when a signal ended it
 * @property {string} output stdout and stderr together
 * @property {NodeJS.Signals | null} [signal] that ended it
 * @property {boolean} [timedOut] whether it was ended for the time that it took
 */

/** @param {string} name @param {NodeJS.ProcessEnv} env @returns {string | null} */
export function whereIs(name, env) {
  // Distributions keep servers in sbin, which is not on everyone's PATH.
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Quietly: what the program prints comes back, and nothing is shown.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 * @returns {Promise<Outcome>}
 */
export function capture(command, args, options = {}) {
  return execute(command, args, { ...options, shown: false });
}

/**
 * On the terminal of this process.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} its exit code
 */
export async function show(command, args, options = {}) {
  return (await execute(command, args, { ...options, shown: true })).code;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, shown: boolean }} options
 * @returns {Promise<Outcome>}
 */
function execute(command, args, { cwd, env, timeoutMs, shown }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
      stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? 128, output, signal, timedOut: child.killed }));
  });
}
