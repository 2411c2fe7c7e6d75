/** Compiles the sources to dist/ when one has changed, incrementally, and leaves nothing there that has no source any more. */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildDashboard, DASHBOARD_ASSETS, hashOfFiles } from './build-dashboard.mjs';
import { capture } from './exec.mjs';
import { filesBelow } from './files-below.mjs';
import { withLock } from './lock.mjs';
import { note, SetupError } from './say.mjs';

/** What tsc writes for a source, by the source's ending. @type {Record<string, string>} */
const COMPILED = { '.ts': '.js', '.mts': '.mjs', '.cts': '.cjs', '.js': '.js', '.mjs': '.mjs', '.cjs': '.cjs' };

/** Beside the sources: what they are compiled by and with, and tsc's notes, which tell of its runs by hand. */
const BESIDE = ['tsconfig.json', 'package.json', 'package-lock.json', 'dist/.tsbuildinfo'];

/**
 * @param {string} root of a checkout with tsconfig.json and node_modules
 */
export async function build(root) {
  await withLock(join(root, 'dist', '.setup.lock'), 'setting up the checkout', async () => {
    const dist = join(root, 'dist');
    const wanted = compiledPaths(root);
    const stamp = join(dist, '.compiled');
    const isWhole = wanted.every((path) => existsSync(join(dist, path)));
    if (!isWhole || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== hashOfState(root)) {
      rmSync(stamp, { force: true });
      await compile(root, isWhole);
      writeFileSync(stamp, hashOfState(root));
    }
    removeStale(dist, new Set(wanted));
    await buildDashboard(root);
  });
}

/** @param {string} root */
function hashOfState(root) {
  return hashOfFiles(root, [...sourcePaths(root), ...BESIDE.filter((path) => existsSync(join(root, path)))]);
}

/**
 * @param {string} root
 * @param {boolean} isWhole whether dist/ lacks nothing: tsc believes its own notes on what it wrote
 */
async function compile(root, isWhole) {
  if (!isWhole) rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await capture(process.execPath, [tsc, '-p', root], { cwd: root });
  if (output.trim() !== '') note(output.trimEnd());
  if (code !== 0) throw new SetupError('The sources do not compile: see the messages of tsc above.');
}

/**
 * Files below dist/ that the sources of tsconfig.json compile to, source maps aside.
 * @param {string} root
 * @returns {string[]}
 */
export function compiledPaths(root) {
  return sourcePaths(root).flatMap((path) => {
    const [, stem, ending = ''] = /^(.*?)(\.[cm]?[jt]s)$/.exec(path) ?? [];
    return stem === undefined || stem.endsWith('.d') ? [] : [stem + COMPILED[ending]];
  });
}

/**
 * Files that tsconfig.json includes.
 * @param {string} root
 * @returns {string[]}
 */
function sourcePaths(root) {
  /** @type {{ include: string[], exclude?: string[] }} */
  const { include, exclude = [] } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const excluded = exclude.map((path) => `${path}/`);
  return include
    .filter((path) => existsSync(join(root, path)))
    .flatMap((path) => (/\.\w+$/.test(path) ? [path] : filesBelow(join(root, path)).map((file) => `${path}/${file}`)))
    .filter((path) => !excluded.some((folder) => path.startsWith(folder)));
}

/**
 * @param {string} dist
 * @param {Set<string>} wanted
 */
function removeStale(dist, wanted) {
  for (const path of filesBelow(dist)) {
    const compiled = /^(.*\.[cm]?js)(\.map)?$/.exec(path)?.[1];
    if (compiled === undefined || wanted.has(compiled) || path.startsWith(`${DASHBOARD_ASSETS}/`)) continue;
    rmSync(join(dist, path));
    for (let folder = dirname(path); folder !== '.' && readdirSync(join(dist, folder)).length === 0; ) {
      rmdirSync(join(dist, folder));
      folder = dirname(folder);
    }
  }
}
