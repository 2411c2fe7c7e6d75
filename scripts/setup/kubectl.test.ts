import { describe, expect, it } from 'vitest';
import { useStandIns } from '../testing/stand-ins.ts';
import { findKubectl } from './kubectl.mjs';

const machine = useStandIns();
const stands = (name: string, kustomize: string) =>
  machine.program(name, `echo 'Client Version: v1.35.2'; echo 'Kustomize Version: v${kustomize}'`);

describe('the kubectl of the tests', () => {
  it('is the one of the PATH, if its kustomize knows components', async () => {
    const path = stands('kubectl', '5.7.1');
    expect(await findKubectl({ PATH: machine.bin }, [])).toEqual({ path, version: '5.7.1' });
  });

  it('is not one that is too old, and that is said', async () => {
    stands('kubectl', '2.0.3');
    const tried: string[] = [];
    expect(await findKubectl({ PATH: machine.bin }, tried)).toBeNull();
    expect(tried).toEqual([expect.stringMatching(/kustomize 2\.0\.3 is too old/)]);
  });

  it('is the one of KUBECTL_PATH, or none', async () => {
    const old = stands('old', '4.0.0');
    await expect(findKubectl({ KUBECTL_PATH: old }, [])).rejects.toThrow(/KUBECTL_PATH cannot be used/);
  });
});
