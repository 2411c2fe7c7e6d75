import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findKubectl } from './kubectl.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-kubectl-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function stands(name: string, kustomize: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho 'Client Version: v1.35.2'; echo 'Kustomize Version: v${kustomize}'\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('the kubectl of the tests', () => {
  it('is the one of the PATH, if its kustomize knows components', async () => {
    const path = stands('kubectl', '5.7.1');
    expect(await findKubectl({ PATH: folder }, [])).toEqual({ path, version: '5.7.1' });
  });

  it('is not one that is too old, and that is said', async () => {
    stands('kubectl', '2.0.3');
    const tried: string[] = [];
    expect(await findKubectl({ PATH: folder }, tried)).toBeNull();
    expect(tried).toEqual([expect.stringMatching(/kustomize 2\.0\.3 is too old/)]);
  });

  it('is the one of KUBECTL_PATH, or none', async () => {
    const old = stands('old', '4.0.0');
    await expect(findKubectl({ KUBECTL_PATH: old }, [])).rejects.toThrow(/KUBECTL_PATH cannot be used/);
  });
});
