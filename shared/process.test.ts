import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { packageFile } from './package-root.ts';

// Linux has a device on which every write fails as on a full disk.
it.runIf(existsSync('/dev/full'))(
  'a process whose log is on a full disk lives, and leaves when it is told to',
  async () => {
    const script = `
    const { createLogger } = await import(${JSON.stringify(packageFile('dist/shared/process.js'))});
    const logger = createLogger('test', 'info');
    for (let i = 0; i < 1000; i += 1) logger.info('a line for which there is no space');
    setImmediate(() => process.exit(7));
  `;
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', full, 'inherit'],
    });
    closeSync(full);
    const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    expect(await once(child, 'exit')).toEqual([7, null]);
    clearTimeout(killer);
  },
);
