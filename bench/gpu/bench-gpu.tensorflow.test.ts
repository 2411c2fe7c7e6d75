import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { HAS_TENSORFLOW } from '../../worker/engines/testing/engines-here.ts';
import { STEPS_AT_ONCE } from '../../worker/engines/tfjs/tensorflow/steps-at-once.ts';
import { withReport } from '../between-markers.ts';

/** After the set-up, what `npm run bench:gpu -- --quick` runs. */
test.runIf(HAS_TENSORFLOW)('bench:gpu --quick measures each way and writes nothing', async () => {
  const before = readFileSync(packageFile('docs/gpu.md'), 'utf8');
  const { stdout } = await promisify(execFile)(process.execPath, [packageFile('dist/bench/gpu/main.js'), '--quick']);
  const rows = stdout.split('\n').filter((line) => line.startsWith('| '));
  const number = '[\\d,.]+';
  const rate = `${number}( \\(${number}\\))?`;
  expect(rows).toEqual([
    '| training, batch | 16 |',
    '| --- | --: |',
    expect.stringMatching(`^\\| plain script of tfjs-node \\| ${rate} \\|$`),
    expect.stringMatching(`^\\| op by op \\| ${rate} \\|$`),
    expect.stringMatching(`^\\| graph, ${STEPS_AT_ONCE.cpu} steps a call \\| ${rate} \\|$`),
    '| evaluation, batch | 256 |',
    '| --- | --: |',
    expect.stringMatching(`^\\| op by op \\| ${rate} \\|$`),
    expect.stringMatching(`^\\| graph \\| ${rate} \\|$`),
    '| first step, batch 16 | seconds, cold | warm |',
    '| --- | --: | --: |',
    expect.stringMatching(`^\\| graph \\| ${number} \\| ${number} \\|$`),
  ]);
  expect(stdout).toMatch(
    /The graph of \d+ steps a call, which the engine takes, at batch size 16.*: \d.* times the same step op by op.* times a plain script of tfjs-node/,
  );
  expect(readFileSync(packageFile('docs/gpu.md'), 'utf8')).toBe(before);
});

test.each(['cpu', 'gpu'])('docs/gpu.md has a place for what is measured on a %s, and keeps all else', (device) => {
  const document = readFileSync(packageFile('docs/gpu.md'), 'utf8');
  const name = `bench:gpu ${device}`;
  const written = withReport(document, name, 'measured');
  expect(withReport(written, name, 'anew')).toBe(written.replace('\nmeasured\n', '\nanew\n'));
  expect(written.slice(0, written.indexOf('measured'))).toBe(document.slice(0, written.indexOf('measured')));
  expect(() => withReport('', name, 'measured')).toThrow('the document has no place');
});
