/** A machine of a test's own: a folder for what is kept, and a PATH with stand-ins for programs alone. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** Called once in a test file; each of its tests has a new one. */
export function useStandIns() {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'trainyard-stand-ins-'));
    mkdirSync(join(root, 'bin'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  return {
    get root() {
      return root;
    },
    /** What is on the PATH. */
    get bin() {
      return join(root, 'bin');
    },
    /** @param script of a shell */
    program(name: string, script: string): string {
      const path = join(root, 'bin', name);
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
      return path;
    },
  };
}
