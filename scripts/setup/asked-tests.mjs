/** Which tests `npm test` is asked to run, before they run: some need what first has to be found or installed. */
import { compiledPaths } from './build.mjs';
import { ROOT } from './root.mjs';

/**
 * @param {string[]} files parts of paths, as `npm test` takes them; none means all
 * @param {RegExp} ending of a compiled test
 * @returns {boolean} whether any such test is asked for
 */
export function areAsked(files, ending) {
  const tests = compiledPaths(ROOT).filter((path) => ending.test(path));
  return tests.some((path) => files.length === 0 || files.some((part) => path.includes(part)));
}
