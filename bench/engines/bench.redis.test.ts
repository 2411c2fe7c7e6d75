import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { withReport } from '../between-markers.ts';
import { barChart } from './chart.ts';

const DOCUMENT = packageFile('docs/performance.md');
const CHART = packageFile('docs/performance.svg');
const written = () => [DOCUMENT, CHART].map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : null));

/** After the set-up, what `npm run bench -- --quick` runs. */
test('bench --quick measures our engines, the ceiling and a whole job, and writes nothing', async () => {
  const before = written();
  const { stdout } = await promisify(execFile)(process.execPath, [
    packageFile('dist/bench/engines/main.js'),
    '--quick',
  ]);
  const rows = stdout.split('\n').filter((line) => /^\| [^-]/.test(line));
  const row = (label: string, ...cells: string[]) =>
    expect.stringMatching(`^\\| ${[label, ...cells].join(' \\| ')} \\|$`);
  const rate = '[\\d,.]+';
  const share = '\\d+ %';
  const onTwo = rows.some((line) => line.startsWith('| `simd` | 2 |'));
  const simd = (...cells: string[]) => (onTwo ? ['1', '2'] : ['1']).map((threads) => row('`simd`', threads, ...cells));
  expect(rows).toEqual([
    '| training, images a second | threads | batch 16 |',
    ...simd(rate),
    row('`wasm`', '1', rate),
    row('ceiling of 128-bit vectors, plain convolutions', '1', rate),
    row('', 'multiply-adds per image, millions', 'images a second, at most', '`simd`'),
    row('training, batch 16, plain convolutions', '1\\.13', rate, share),
    row('training, batch 16, convolutions by Winograd, as they are', '0\\.65', rate, share),
    row('evaluation, plain convolutions', '0\\.42', rate, share),
    row('evaluation, convolutions by Winograd, as they are', '0\\.22', rate, share),
    '| evaluation | threads | images a second | batch |',
    ...simd(rate, 'its own'),
    row('`wasm`', '1', rate, 'its own'),
    '| bar | asked | reached |',
    row('training, one thread, batch 16: times the ceiling with plain convolutions', '0\\.7', '.*'),
    ...(onTwo ? [row('training, two threads, batch 16: times one', '1\\.5', '.*')] : []),
    '| a whole job, 1 epoch, on one thread: seconds | in all | training steps | validation | all else | test accuracy |',
    row('`simd`, a job through the queue', rate, rate, rate, rate, '(0\\.\\d{4})'),
    row('`simd`, its engine alone in one process', rate, rate, rate, rate, '(0\\.\\d{4})'),
  ]);
  const [throughQueue, alone] = rows.slice(-2).map((line) => /0\.\d{4}/.exec(line)?.[0]);
  expect(throughQueue).toBe(alone);
  expect(stdout).toMatch(/The queue .* takes -?\d+\.\d % more than the engine alone/);
  expect(stdout).toMatch(/against its training steps alone, .* takes \d+\.\d % more \(bar: 5 %\)/);
  expect(written()).toEqual(before);
});

test('docs/performance.md has a place for what is measured', () => {
  expect(withReport(readFileSync(DOCUMENT, 'utf8'), 'bench', 'measured')).toContain('\nmeasured\n');
});

test('bars are as long as their values, the longest on top, and stand in light and dark', () => {
  const bars = [
    { label: 'half', value: 50, text: '50', whose: 'theirs' as const },
    { label: 'a < b', value: 100, text: '100', whose: 'ours' as const },
  ];
  const svg = barChart('two bars', [{ title: 'images a second', bars }]);
  const [longer = 0, shorter = 0] = [...svg.matchAll(/<rect class="(?:ours|theirs)" .* width="(\d+)"/g)].map(
    ([, width]) => Number(width),
  );
  expect(longer / shorter).toBe(2);
  expect(svg.indexOf('a &lt; b')).toBeLessThan(svg.indexOf('half'));
  expect(svg).toContain('@media (prefers-color-scheme:dark)');
});
