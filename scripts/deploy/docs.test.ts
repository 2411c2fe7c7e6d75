/** What docs/deploy.md and docs/operations.md name is there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageFile } from '../../shared/package-root.ts';

const read = (path: string) => readFileSync(packageFile(path), 'utf8');

test.each(['docs/deploy.md', 'docs/operations.md'])('%s names files and commands that there are', (document) => {
  const text = read(document);
  const paths = text.match(/(?<![\w/.-])(?:dist\/)?(?:k8s|deploy|api|worker)\/[\w./-]*\w/g) ?? [];
  const ours = paths.filter((path) => !/\/secrets$|@|^deploy\/worker$|^deployment/.test(path));
  expect(ours.filter((path) => !existsSync(packageFile(path)))).toEqual([]);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const commands = [...text.matchAll(/npm (?:run (?:--\w+ )?)?(\w+)/g)].map(([, name = '']) => name);
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
});

test('there is a runbook for every alert, and no other', () => {
  const { groups } = parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: { alert: string }[] }[] };
  const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  const runbooks = [...read('docs/operations.md').matchAll(/^### (Trainyard\w+):/gm)].map(([, name]) => name);
  expect(runbooks).toEqual([...new Set(alerts)]);
});

test('the Prometheus operator is given the same alerts', () => {
  const { groups } = parse(read('deploy/prometheus/alerts.yml'));
  const { spec } = parse(read('k8s/components/servicemonitor/prometheus-rule.yaml'));
  expect(spec).toEqual({ groups });
});

test('every alert is tried by deploy/prometheus/alerts.test.yml, ringing and silent', () => {
  const { groups } = parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: { alert: string }[] }[] };
  const { tests } = parse(read('deploy/prometheus/alerts.test.yml')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
  };
  const tried = tests.flatMap((one) => one.alert_rule_test);
  for (const { alert } of groups.flatMap(({ rules }) => rules)) {
    const outcomes = tried.filter(({ alertname }) => alertname === alert).map((one) => one.exp_alerts !== undefined);
    expect(new Set(outcomes), alert).toEqual(new Set([true, false]));
  }
});
