/** The stages of `npm test`. */
import { join } from 'node:path';
import { browserForTests, needsBrowser } from './browser.mjs';
import { build } from './build.mjs';
import { show } from './exec.mjs';
import { ensureInstalled } from './install.mjs';
import { kubectlForTests, needsKubectl } from './kubectl.mjs';
import { fetchOtherNodes } from './nodes.mjs';
import { needsPromtool, promtoolForTests } from './promtool.mjs';
import { describe } from './redis.mjs';
import { findRedisServer } from './redis-find.mjs';
import { ROOT } from './root.mjs';
import { needsS3Server, s3ServerForTests } from './s3-server.mjs';
import { note, seconds } from './say.mjs';
import { needsTensorflow, tensorflowForTests } from './tensorflow/for-tests.mjs';
import { runVitest } from './vitest.mjs';

/** @typedef {import('./nodes.mjs').NodeBinary} NodeBinary */
/** @typedef {import('./vitest.mjs').TestRun} TestRun */

/** What runs on the other versions of Node too, by the projects of vitest.config.ts, which say what each is. */
const ON_OTHER_NODES = ['unit', 'dashboard', 'end-to-end'];

/**
 * What some tests need, and by which environment variable they are told where it is.
 * @type {{
 *   title: string, variable: string, isNeeded: (files: string[]) => boolean,
 *   find: (env: NodeJS.ProcessEnv) => Promise<import('./needed-by-tests.mjs').Needed>,
 * }[]}
 */
const NEEDED = [
  { title: 'Chromium', variable: 'TRAINYARD_TEST_CHROMIUM', isNeeded: needsBrowser, find: browserForTests },
  {
    title: 'S3 server',
    variable: 'TRAINYARD_TEST_S3',
    isNeeded: needsS3Server,
    find: (env) => s3ServerForTests(ROOT, env),
  },
  { title: 'kubectl', variable: 'TRAINYARD_TEST_KUBECTL', isNeeded: needsKubectl, find: kubectlForTests },
  {
    title: 'promtool',
    variable: 'TRAINYARD_TEST_PROMTOOL',
    isNeeded: needsPromtool,
    find: (env) => promtoolForTests(ROOT, env),
  },
  {
    title: 'TensorFlow',
    variable: 'TRAINYARD_TEST_TENSORFLOW',
    isNeeded: needsTensorflow,
    find: (env) => tensorflowForTests(ROOT, env),
  },
];

/**
 * @param {{ files: string[], testName: string | null, allNodes: boolean }} asked
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
  const { paths, skipped } = await findNeeded(asked.files, env);
  const others = env.CI || asked.allNodes ? await stage('Other Nodes', () => fetchOtherNodes(ROOT)) : [];
  const lint = await stage('Format and lint', checkFormatAndLint);
  if (lint !== 0) return failed('Format and lint', 'npx biome check --write mends what can be mended by itself');
  await stage('Types and build', () => build(ROOT));

  const args = [...(asked.testName === null ? [] : ['-t', asked.testName]), ...asked.files];
  const testEnv = {
    ...env,
    TRAINYARD_TEST_REDIS: JSON.stringify(server),
    ...paths,
    TRAINYARD_TEST_NODES: JSON.stringify(others),
  };
  const runs = [await stage(`Tests, Node ${process.versions.node}`, () => runHere(args, testEnv))];
  if (runs[0]?.code === 0) runs.push(...(await testOnOthers(others, args, testEnv)));
  for (const line of skipped) note(`\n${line}`);
  return verdict(runs, env);
}

/**
 * @param {string[]} files
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ paths: Record<string, string>, skipped: string[] }>} paths: by environment variable, empty where
 *   there is none
 */
async function findNeeded(files, env) {
  /** @type {Record<string, string>} */
  const paths = {};
  /** @type {string[]} */
  const skipped = [];
  for (const { title, variable, isNeeded, find } of NEEDED) {
    paths[variable] = '';
    if (!isNeeded(files)) continue;
    const found = await stage(`${title} for the tests`, () => find(env));
    if (found.path === null) skipped.push(found.skipped);
    else paths[variable] = found.path;
  }
  return { paths, skipped };
}

function checkFormatAndLint() {
  const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  return show(process.execPath, [biome, 'check', '--error-on-warnings'], { cwd: ROOT });
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env */
function runHere(args, env) {
  return runVitest({ node: { path: process.execPath, version: process.versions.node }, args, env, shown: true });
}

/**
 * At once, since end-to-end tests wait most of the time; what one prints is shown when it has failed.
 * @param {NodeBinary[]} nodes
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<TestRun[]>}
 */
async function testOnOthers(nodes, args, env) {
  if (nodes.length === 0) return [];
  const projects = [...ON_OTHER_NODES.flatMap((name) => ['--project', name]), '--passWithNoTests'];
  const versions = nodes.map(({ version }) => version).join(' and ');
  return stage(`Tests (${ON_OTHER_NODES.join(', ')}), Node ${versions}`, () =>
    Promise.all(
      nodes.map(async (node) => {
        const run = await runVitest({ node, args: [...projects, ...args], env, shown: false });
        if (run.code !== 0) note(`\nOn Node ${node.version}:\n${run.output}`);
        const { passed = 0, failed = 0, skipped = 0 } = run.counts ?? {};
        note(`On Node ${node.version}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
        return run;
      }),
    ),
  );
}

/**
 * @param {TestRun[]} runs
 * @param {NodeJS.ProcessEnv} env
 * @returns {number} exit code
 */
function verdict(runs, env) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { counts, version } of runs) {
    if (counts === null) return failed('Tests', `vitest ended without a report on Node ${version}`);
    for (const outcome of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[outcome] += counts[outcome];
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  const code = runs.find((run) => run.code !== 0)?.code ?? 0;
  if (code !== 0 || total.failed > 0) return failed('Tests', 'see above', code);
  if (env.CI && total.skipped > 0) return failed('Tests', 'under CI no test may be skipped');
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
