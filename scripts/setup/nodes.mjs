/** Fetches the other versions of Node that the tests run on too: npm's `node-…` packages hold the binaries. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture } from './exec.mjs';
import { npm } from './install.mjs';
import { withLock } from './lock.mjs';
import { note, SetupError } from './say.mjs';

/** @typedef {{ version: string, path: string }} NodeBinary */

/** One of each major version that package.json's engines promises, and what npm must hand out for it (SHA-512). */
const PACKAGES = [
  {
    version: '20.20.2',
    integrity: {
      'linux-x64': 'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
      'linux-arm64': 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
    },
  },
  {
    version: '22.23.3',
    integrity: {
      'linux-x64': 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
      'linux-arm64': 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
    },
  },
  {
    version: '24.21.0',
    integrity: {
      'linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
      'linux-arm64': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
  },
];

/**
 * @param {string} running a version
 * @returns {typeof PACKAGES} of every major version but that one
 */
export function otherMajors(running) {
  return PACKAGES.filter(({ version }) => version.split('.')[0] !== running.split('.')[0]);
}

/**
 * @param {string} root of the checkout; they are kept in its .data/nodes
 * @returns {Promise<NodeBinary[]>} of every major version but the running one
 */
export async function fetchOtherNodes(root) {
  const platform = `${process.platform}-${process.arch}`;
  /** @type {NodeBinary[]} */
  const nodes = [];
  for (const { version, integrity } of otherMajors(process.versions.node)) {
    const sum = Object.entries(integrity).find(([name]) => name === platform)?.[1];
    if (sum === undefined) {
      throw new SetupError(
        `The tests run on other versions of Node on ${Object.keys(integrity).join(' and ')}, and this is ${platform}. ` +
          'Run npm test without --all-nodes, and without CI=true.',
      );
    }
    const path = join(root, '.data', 'nodes', version, 'bin', 'node');
    await withLock(join(root, '.data', 'nodes', '.lock'), 'fetching versions of Node', async () => {
      if (!existsSync(path)) await fetchNode(root, `node-${platform}`, version, sum);
    });
    note(`${path} ${version}`);
    nodes.push({ version, path });
  }
  return nodes;
}

/** @param {string} root @param {string} name @param {string} version @param {string} integrity */
async function fetchNode(root, name, version, integrity) {
  const folder = join(root, '.data', 'nodes', version);
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    const { code, output } = await npm(['pack', `${name}@${version}`, '--pack-destination', draft], { cwd: root });
    if (code !== 0) throw new SetupError(`npm cannot fetch ${name}@${version}:\n${output.trimEnd()}`);
    await unpackNode(join(draft, `${name}-${version}.tgz`), integrity);
    const said = await capture(join(draft, 'bin', 'node'), ['--version']);
    if (said.output.trim() !== `v${version}`) {
      throw new SetupError(`Node ${version} from npm does not run here: ${said.output.trim().slice(0, 500)}`);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Puts bin/node beside the package's archive, in whose place it comes.
 * @param {string} archive
 * @param {string} integrity `sha512-` and the sum in base64, as package-lock.json has it
 */
export async function unpackNode(archive, integrity) {
  const sum = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (sum !== integrity)
    throw new SetupError(`${archive} is not what it should be: its sum is ${sum}, not ${integrity}.`);
  const into = ['-C', dirname(archive), '--strip-components=1', 'package/bin/node'];
  const { code, output } = await capture('tar', ['-xzf', archive, ...into]);
  if (code !== 0) throw new SetupError(`${archive} cannot be unpacked: ${output.trim()}`);
  rmSync(archive);
}
