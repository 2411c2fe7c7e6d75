/** How the scripts speak, and how they end: set-up notes on stderr, a fault of the surroundings without a stack. */

/** Something the user has to mend: its message says what, no stack is shown. */
export class SetupError extends Error {
  /** @param {string} message @param {ErrorOptions} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = 'SetupError';
  }
}

/** @param {string} text */
export function note(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Notes what begins, runs it, and notes how long it took.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function timed(what, work) {
  note(`${what} …`);
  const began = performance.now();
  const result = await work();
  note(`${what}: ${seconds(performance.now() - began)}`);
  return result;
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs a script's main function; its number is the exit code.
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    note(error instanceof SetupError ? `\n${error.message}` : `\n${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
  }
}
