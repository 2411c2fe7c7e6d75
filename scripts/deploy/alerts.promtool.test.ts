/** The alerts, tried by Prometheus' own tool on series that a yard would give. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';

const promtool = process.env.TRAINYARD_TEST_PROMTOOL ?? '';

function ask(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(promtool, words, {
    cwd: packageFile('deploy/prometheus'),
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe.skipIf(promtool === '')('promtool', () => {
  test.each(['prometheus.yml', 'alerts.yml'])('finds nothing wrong with %s', (file) => {
    const { status, output } = ask('check', file === 'alerts.yml' ? 'rules' : 'config', file);
    expect(status, output).toBe(0);
  });

  test('each alert rings when it should, and not before (alerts.test.yml)', () => {
    const { status, output } = ask('test', 'rules', 'alerts.test.yml');
    expect(status, output).toBe(0);
  });
});
