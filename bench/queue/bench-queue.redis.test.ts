import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { withReport } from '../between-markers.ts';

const document = () => readFileSync(packageFile('docs/performance.md'), 'utf8');

/** After the set-up, what `npm run bench:queue -- --quick` runs. */
test('bench:queue --quick measures submitting, draining and memory, and writes nothing', async () => {
  const before = document();
  const { stdout } = await promisify(execFile)(process.execPath, [packageFile('dist/bench/queue/main.js'), '--quick']);
  const rows = stdout.split('\n').filter((line) => line.startsWith('| '));
  const row = (name: string, numbers: number) =>
    expect.stringMatching(`^\\| ${name} (\\| [\\d,.]+ ){${numbers}}(\\|  )?\\|$`);
  expect(rows.filter((line) => !line.startsWith('| ---'))).toEqual([
    '| submitting | jobs/s | p50, ms | p99, ms | CPU of the process, ms per job |',
    row('one API process', 4),
    row('Express alone, the same bodies', 4),
    row('BullMQ alone, 64 adds at once', 4),
    row('BullMQ alone, one add after the other', 4),
    row('one API process, half its rate asked', 3),
    '| one request | seconds |',
    row('1,000 jobs', 1),
    '| workers | jobs | jobs/s | gap, ms: median | 95 % |',
    row('1', 4),
    '| resident memory of a process | MB |',
    ...['api', 'redis', 'worker', 'trainer', 'evaluator'].map((process) => row(process, 1)),
  ]);
  expect(stdout).toMatch(
    /takes [\d.]+ % of what .* at once \(bar: 25 %; Express alone [\d.]+ %\), and [\d.]+ % of what it adds one after the other/,
  );
  expect(document()).toBe(before);
});

test('docs/performance.md has a place for what is measured', () => {
  expect(withReport(document(), 'bench:queue', 'measured')).toContain('\nmeasured\n');
});
