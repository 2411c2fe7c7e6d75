/** Runs another program to its end. */
import { spawn } from 'node:child_process';

/**
 * @typedef {object} Outcome
 * @property {number} code exit code; 127 when the program is not there, 128 when a signal ended it
 * @property {string} output stdout and stderr together
 */

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
    child.on('close', (code) => resolve({ code: code ?? 128, output }));
  });
}
