/** What some tests need and not every machine has: it is there, or those tests are skipped; under CI none may be. */
import { note, SetupError } from './say.mjs';

/** @typedef {{ path: string, skipped: null } | { path: null, skipped: string }} Needed skipped: the line that says so */

/**
 * @param {{ path: string, version?: string } | null} found
 * @param {{ what: string, tests: string, tried: string[], remedy: string }} otherwise why there is none, what to do
 * @param {NodeJS.ProcessEnv} env
 * @returns {Needed}
 */
export function foundOrSkipped(found, { what, tests, tried, remedy }, env) {
  if (found !== null) {
    note([found.path, found.version].filter(Boolean).join(' '));
    return { path: found.path, skipped: null };
  }
  const why = tried.join('; ');
  if (env.CI) throw new SetupError(`Under CI no test is skipped, and ${what} is missing: ${why}. ${remedy}`);
  return { path: null, skipped: `SKIPPED, for want of ${what}: every test in ${tests} (${why}). ${remedy}` };
}
