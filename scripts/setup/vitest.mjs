/** Runs vitest on a given Node and counts what it reports. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { capture, show } from './exec.mjs';
import { ROOT } from './root.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ version: string, code: number, counts: Counts | null, output: string }} TestRun */

/**
 * @param {object} options
 * @param {import('./nodes.mjs').NodeBinary} options.node what the tests start by the name `node` is this one, too
 * @param {string[]} options.args
 * @param {NodeJS.ProcessEnv} options.env
 * @param {boolean} options.shown whether the tests are shown as they run; else all that was printed comes back
 * @returns {Promise<TestRun>}
 */
export async function runVitest({ node, args, env, shown }) {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-report-'));
  try {
    const report = join(folder, 'vitest.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const command = [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters, ...args];
    const options = { cwd: ROOT, env: { ...env, PATH: `${dirname(node.path)}${delimiter}${env.PATH ?? ''}` } };
    const { code, output } = shown
      ? { code: await show(node.path, command, options), output: '' }
      : await capture(node.path, command, options);
    return { version: node.version, code, output, counts: readCounts(report) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} report vitest's, as JSON
 * @returns {Counts | null}
 */
function readCounts(report) {
  try {
    /** @type {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} */
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const file of testResults) {
      for (const { status } of file.assertionResults) {
        counts[status === 'passed' || status === 'failed' ? status : 'skipped']++;
      }
      // A file that fails before its first test, or in a hook, counts as one.
      if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) counts.failed++;
    }
    return counts;
  } catch {
    return null;
  }
}
