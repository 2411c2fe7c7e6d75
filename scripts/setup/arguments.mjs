/** The few arguments that the scripts take; anything else is refused by name. */
import { SetupError } from './say.mjs';

/**
 * @template {string} Flag
 * @param {string[]} given
 * @param {{ command: string, flags: readonly Flag[] }} allowed
 * @returns {Set<Flag>}
 */
export function readFlags(given, { command, flags }) {
  const unknown = given.filter((argument) => !flags.some((flag) => flag === argument));
  if (unknown.length > 0) {
    throw new SetupError(
      `${command} does not know ${unknown.map((argument) => JSON.stringify(argument)).join(', ')}. ` +
        `Allowed: ${flags.length > 0 ? flags.map((flag) => `${command} -- ${flag}`).join(', ') : 'no arguments'}.`,
    );
  }
  return new Set(flags.filter((flag) => given.includes(flag)));
}

/**
 * @param {string[]} given
 * @returns {{ files: string[], testName: string | null, allNodes: boolean }} parts of paths to test files, a pattern of
 *   test names, and whether to test on the other versions of Node too
 */
export function readTestArguments(given) {
  /** @type {string[]} */
  const files = [];
  let testName = null;
  let allNodes = false;
  const rest = [...given];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '-t') {
      testName = rest.shift() ?? null;
      if (testName === null) throw new SetupError('npm test -- -t needs the name of a test, or a part of it.');
    } else if (argument === '--all-nodes') {
      allNodes = true;
    } else if (argument.startsWith('-')) {
      throw new SetupError(
        `npm test does not know ${JSON.stringify(argument)}. ` +
          'Allowed: parts of paths to test files (npm test -- worker/data), -t NAME for tests of that name, ' +
          'and --all-nodes to run them on the other versions of Node too.',
      );
    } else {
      files.push(argument.replace(/^\.\//, '').replace(/\.ts$/, '.js'));
    }
  }
  return { files, testName, allNodes };
}
