/** What docs/deploy.md and docs/operations.md name is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageFile } from '../../shared/package-root.ts';
import { SETTINGS } from '../../shared/settings.ts';

const DOCUMENTS = ['docs/deploy.md', 'docs/operations.md'];
const read = (path: string) => readFileSync(packageFile(path), 'utf8');

test.each(DOCUMENTS)('%s names files and commands that there are', (document) => {
  const text = read(document);
  const paths = text.match(/(?<![\w/.-])(?:dist\/)?(?:k8s|deploy|api|worker)\/[\w./-]*\w/g) ?? [];
  const ours = paths.filter((path) => !/\/secrets$|@|^deploy\/worker$|^deployment/.test(path));
  expect(ours.filter((path) => !existsSync(packageFile(path)))).toEqual([]);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const commands = [...text.matchAll(/npm (?:run (?:--\w+ )?)?([\w:]+)/g)].map(([, name = '']) => name);
  expect(commands.filter((name) => name !== 'ci' && !(name in scripts))).toEqual([]);
});

test.each(DOCUMENTS)('%s names services and volumes of docker-compose.yml', (document) => {
  const text = read(document);
  const { name, services, volumes } = parse(read('docker-compose.yml'), { merge: true });
  const commands = text.matchAll(/docker compose (?:exec|run|logs|stop|start|ps|rm|build) ([^\n`|&;)]*)/g);
  const flag = /^(--(entrypoint|since) \S+|-\S+) +/;
  const targets = [...commands].map(([, words = '']) => {
    let rest = words;
    while (flag.test(rest)) rest = rest.replace(flag, '');
    return rest.split(/\s/)[0] ?? '';
  });
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.filter((service) => service !== '' && !(service in services))).toEqual([]);
  const named = [...text.matchAll(new RegExp(`\\b${name}_([\\w-]+)`, 'g'))].map(([, volume = '']) => volume);
  expect(named.filter((volume) => !(volume in volumes))).toEqual([]);
});

test.each(DOCUMENTS)('%s stops a yard with what any profile started', (document) => {
  const stops = read(document).match(/docker compose .*?\bdown\b/g) ?? [];
  expect(stops.length).toBeGreaterThan(0);
  expect(stops.filter((command) => command !== "docker compose --profile '*' down")).toEqual([]);
});

test('a restore in Compose begins with volumes that are all new', () => {
  const { volumes } = parse(read('docker-compose.yml'));
  const [, removed = ''] = /docker volume rm --force (.*)/.exec(read('docs/operations.md')) ?? [];
  const metrics = ['prometheus', 'grafana'];
  const kept = Object.keys(volumes).filter((volume) => !removed.split(' ').includes(`trainyard_${volume}`));
  expect(kept.sort()).toEqual(metrics.sort());
});

test.each(DOCUMENTS)('%s names workloads, variables and parts of k8s/ that there are', (document) => {
  const text = read(document);
  const files = readdirSync(packageFile('k8s'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((path) => path.endsWith('.yaml')).map((path) => read(join('k8s', path)));
  const names = sources.flatMap((source) => [...source.matchAll(/name: ([\w-]+)/g)].map(([, name]) => name));
  const workloads = text.matchAll(/\b(?:deployment|deploy|statefulset|service|pod)\/([a-z][\w-]*)(?![\w.-]*[/.])/g);
  expect([...workloads].map(([, name]) => name).filter((name) => !names.includes(name))).toEqual([]);

  const compose = [...read('docker-compose.yml').matchAll(/\$\{(\w+):-/g)].map(([, name = '']) => name);
  const others = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'REDISCLI_AUTH', 'REDIS_DIR'];
  const known: string[] = [...SETTINGS.map(({ name }) => name), ...compose, ...others];
  const variables = text.match(/\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b/g) ?? [];
  expect(variables.filter((name) => !known.includes(name))).toEqual([]);
});

test('docs/deploy.md names every component and overlay', () => {
  const text = read('docs/deploy.md');
  for (const name of readdirSync(packageFile('k8s/components'))) expect(text).toContain(`\`${name}\``);
  for (const name of readdirSync(packageFile('k8s/overlays'))) expect(text).toContain(`\`overlays/${name}\``);
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
