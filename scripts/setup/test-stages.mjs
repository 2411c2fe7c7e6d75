/** The stages of `npm test`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { show } from './exec.mjs';
import { ensureInstalled } from './install.mjs';
import { describe } from './redis.mjs';
import { findRedisServer } from './redis-find.mjs';
import { ROOT } from './root.mjs';
import { note, seconds } from './say.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {{ files: string[], testName: string | null }} asked
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} exit code
 */
export async function testEverything(asked, env) {
  await ensureInstalled(ROOT);
  const server = await stage('Redis for the tests', async () => {
    const found = await findRedisServer(env);
    note(describe(found));
    return found;
  });
  const lint = await stage('Format and lint', () => node('@biomejs/biome/bin/biome', ['check', '--error-on-warnings']));
  if (lint !== 0) return failed('Format and lint', 'npx biome check --write mends what can be mended by itself');
  await stage('Types and build', () => build(ROOT));
  const { code, counts } = await stage('Tests', () =>
    runTests(asked, { ...env, TRAINYARD_TEST_REDIS: JSON.stringify(server) }),
  );
  if (counts === null) return failed('Tests', 'vitest ended without a report');
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  if (code !== 0 || counts.failed > 0) return failed('Tests', 'see above', code);
  if (env.CI && counts.skipped > 0) return failed('Tests', 'under CI no test may be skipped');
  return 0;
}

/**
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function stage(title, work) {
  note(`\n— ${title}`);
  const began = performance.now();
  try {
    return await work();
  } catch (error) {
    note(`\nFAILED: ${title}`);
    throw error;
  } finally {
    note(`— ${title}: ${seconds(performance.now() - began)}`);
  }
}

/**
 * @param {string} title
 * @param {string} why
 * @param {number} [code]
 */
function failed(title, why, code = 1) {
  note(`\nFAILED: ${title} (${why})`);
  return code === 0 ? 1 : code;
}

/**
 * @param {string} script in node_modules
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function node(script, args, env = process.env) {
  return show(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT, env });
}

/**
 * @param {{ files: string[], testName: string | null }} asked
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number, counts: Counts | null }>}
 */
async function runTests({ files, testName }, env) {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-report-'));
  try {
    const report = join(folder, 'vitest.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const name = testName === null ? [] : ['-t', testName];
    const code = await node('vitest/vitest.mjs', ['run', ...reporters, ...name, ...files], env);
    return { code, counts: readCounts(report) };
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
