/** Checks the dashboard's types and bundles it with Vite, when something that goes into it has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './exec.mjs';
import { filesBelow } from './files-below.mjs';
import { note, SetupError } from './say.mjs';

const SOURCES = 'api/dashboard';
/** Below dist/, as api/dashboard/vite.config.ts has it. */
export const DASHBOARD_ASSETS = 'api/dashboard-assets';
/** TypeScript outside SOURCES that it may import: of most of it, types alone. */
const TYPES = ['shared', 'api/handlers', 'api/access'];
/** Other files that it depends on. */
const BESIDE = [
  'api/dashboard-pages.ts',
  'api/board-page.ts',
  'api/plot-ticks.ts',
  'tsconfig.json',
  'package-lock.json',
];
const CLIENT = /^client(-[a-z]+)?\.ts$/;

/** @param {string} root of a checkout with node_modules; one without a dashboard is left alone */
export async function buildDashboard(root) {
  if (!existsSync(join(root, SOURCES))) return;
  const assets = join(root, 'dist', DASHBOARD_ASSETS);
  const stamp = join(root, 'dist', '.dashboard-inputs');
  const inputs = hashOfFiles(root, dashboardInputs(root));
  if (existsSync(join(assets, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  rmSync(stamp, { force: true });
  await run(root, ['typescript/bin/tsc', '-p', SOURCES], 'The dashboard does not compile: see the messages above.');
  const vite = ['vite/bin/vite.js', 'build', SOURCES, '--logLevel', 'warn'];
  await run(root, vite, 'Vite cannot bundle the dashboard: see the messages above.');
  writeFileSync(stamp, inputs);
}

/**
 * @param {string} root
 * @param {string[]} command script in node_modules, arguments
 * @param {string} failure
 */
async function run(root, [script = '', ...args], failure) {
  // NODE_ENV, where it is set, would decide what Vite builds.
  const env = { ...process.env, NODE_ENV: 'production' };
  const { code, output } = await capture(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    env,
  });
  if (output.trim() !== '') note(output.trimEnd());
  if (code !== 0) throw new SetupError(failure);
}

/**
 * Of names and contents.
 * @param {string} root
 * @param {string[]} paths
 */
export function hashOfFiles(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * The files that the bundle depends on.
 * @param {string} root
 */
export function dashboardInputs(root) {
  const own = filesBelow(join(root, SOURCES)).map((path) => `${SOURCES}/${path}`);
  const types = TYPES.flatMap((folder) => filesBelow(join(root, folder)).map((path) => `${folder}/${path}`));
  const client = readdirSync(join(root, 'api')).filter((name) => CLIENT.test(name));
  return [
    ...own,
    ...types.filter((path) => path.endsWith('.ts')),
    ...client.map((name) => `api/${name}`),
    ...BESIDE,
  ].sort();
}
