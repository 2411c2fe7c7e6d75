/** A yard as `npm start` makes it, and a shell beside it, for tests that run the commands of a document as its readers would. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../../shared/package-root.ts';
import { startProcess, until } from '../../shared/testing/processes.ts';

/** The address that the documents give. */
const DOCUMENTED_URL = 'http://127.0.0.1:3000';

const canPaste = ['bash', 'curl'].every((command) => spawnSync(command, ['--version']).status === 0);
/** Whether this machine lacks what the commands need; said loudly then. */
export const cannotPaste = !canPaste;
if (cannotPaste) console.warn('SKIPPED, for want of bash or curl: the commands of the documents');

export type GuidedYard = Awaited<ReturnType<typeof startGuidedYard>>;

/** @param env on top of this process's; the folder and all in it are gone after `close` */
export async function startGuidedYard(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-guide-'));
  const yard = startProcess({
    script: 'scripts/start.mjs',
    env: { DATA_DIR: join(folder, 'data'), PORT: '0', REDIS_URL: undefined, CHECKPOINT_STORE: undefined, ...env },
  });
  const line = await until(() => /curl -s -X POST (http:\S+)\/v1\/jobs/.exec(yard.output()), {
    what: 'the yard is up',
  });
  const url = line[1] ?? '';
  const atThisYard = (text: string) => text.replaceAll(DOCUMENTED_URL, url);

  return {
    url,
    folder,
    /** Runs commands as a reader would paste them, in a folder of its own, against this yard. */
    paste: (commands: string, variables: Record<string, string> = {}) => paste(folder, atThisYard(commands), variables),
    output: yard.output,
    run: (words: string[]) => run(folder, words),
    /** With the address of this yard in place of the documented one. */
    atThisYard,
    async close(): Promise<void> {
      yard.kill('SIGTERM');
      await yard.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param variables on top of this process's */
export function paste(folder: string, commands: string, variables: Record<string, string> = {}): Promise<Ended> {
  return run(folder, ['bash', '-euo', 'pipefail', '-c', commands], variables);
}

interface Ended {
  code: number | null;
  output: string;
}

function run(
  folder: string,
  [command = '', ...args]: string[],
  variables: Record<string, string> = {},
): Promise<Ended> {
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...variables } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/**
 * The code in a document, block by block.
 * @param document a path in the repository, such as `README.md`
 * @param language as after the backticks: `sh`, `ts`
 * @param heading of the one section that is meant; default: the whole document
 */
export function codeOf(document: string, language: string, heading?: string): string[] {
  const text = readFileSync(packageFile(document), 'utf8');
  const begin = heading === undefined ? 0 : text.indexOf(`\n## ${heading}\n`) + 1;
  if (heading !== undefined && begin === 0) throw new Error(`${document} has no section "${heading}"`);
  const end = heading === undefined ? -1 : text.indexOf('\n## ', begin);
  const section = text.slice(begin, end === -1 ? undefined : end);
  const blocks = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...section.matchAll(blocks)].map(([, block = '']) => block);
}
