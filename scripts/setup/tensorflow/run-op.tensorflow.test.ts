import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { packageFile } from '../../../shared/package-root.ts';
import { verify } from './verify.mjs';

const HAS_TENSORFLOW = process.env.TRAINYARD_TEST_TENSORFLOW;

/** Where `npm test` found none, these tests are skipped, and it says so. */
test.runIf(HAS_TENSORFLOW)('the TensorFlow that is set up runs an op, on this Node', async () => {
  expect(await verify(process.env)).toMatchObject({
    version: expect.stringMatching(/^2\./),
    device: expect.stringMatching(/^[cg]pu$/),
  });
});

test.runIf(HAS_TENSORFLOW)('TensorFlow.js loads nothing that is there for development alone', () => {
  const script = "require('@tensorflow/tfjs-node-gpu'); console.log(JSON.stringify(Object.keys(require.cache)))";
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-deprecation', '-e', script], {
    cwd: packageFile('.'),
    encoding: 'utf8',
  });
  const [, files = '[]'] = /^(\[.*\])$/m.exec(stdout) ?? [];
  const paths = (JSON.parse(files) as string[]).map((file) => relative(packageFile('.'), file));
  const folders = paths.map((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? '');
  const loaded = [...new Set(folders)].filter((folder) => folder !== '');
  expect(loaded, stderr).toContain('node_modules/@tensorflow/tfjs-node-gpu');
  const { packages } = JSON.parse(readFileSync(packageFile('package-lock.json'), 'utf8'));
  expect(loaded.filter((folder) => packages[folder].dev)).toEqual([]);
});
