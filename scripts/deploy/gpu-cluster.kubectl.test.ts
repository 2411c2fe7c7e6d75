/** k8s/overlays/gpu-cluster, built by kubectl, and what docs/deploy.md says to do for it. There need be no cluster here. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageFile } from '../../shared/package-root.ts';
import { SETTINGS } from '../../shared/settings.ts';
import { codeOf } from '../testing/guide.ts';
import { buildOverlay, faultsBySchemas, faultsByTypes, type KubernetesObject } from './overlay.ts';

const kubectl = process.env.TRAINYARD_TEST_KUBECTL ?? '';

describe.skipIf(kubectl === '')('overlay gpu-cluster', () => {
  let objects: KubernetesObject[];
  beforeAll(() => {
    objects = buildOverlay(kubectl, 'gpu-cluster');
  });
  const find = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name) ??
    expect.fail(`no ${kind} ${name}`);

  test('the GPU pool alone asks for a GPU, on nodes that have one', () => {
    const gpu = find('Deployment', 'worker-gpu').spec.template.spec;
    expect(gpu).toMatchObject({
      nodeSelector: { 'nvidia.com/gpu.present': 'true' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    });
    expect(gpu.containers[0].resources.limits).toMatchObject({ 'nvidia.com/gpu': 1 });
    expect(gpu.containers[0].image).toMatch(/trainyard-worker-gpu:/);
    expect(gpu.containers[0].env).toContainEqual({ name: 'REQUIRE_GPU', value: '1' });
    expect(JSON.stringify(find('Deployment', 'worker'))).not.toMatch(/nvidia|REQUIRE_GPU/);
    const shared = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('trainyard'));
    expect(shared?.data).toMatchObject({ GPU_TRAINING: '1' });
  });

  test('a roll-out of the GPU pool waits for longer than a trainer may take to get ready', () => {
    const { progressDeadlineSeconds } = find('Deployment', 'worker-gpu').spec;
    const setting = SETTINGS.find(({ name }) => name === 'TRAINER_READY_MS');
    const readyMs = Number.parseInt(setting?.default ?? '', 10);
    expect(readyMs).toBeGreaterThan(0);
    expect(progressDeadlineSeconds * 1000).toBeGreaterThan(readyMs);
  });

  test.each(['worker', 'worker-gpu'])('KEDA scales %s from none by what its queues need', (name) => {
    const pool = find('Deployment', name);
    expect(pool.spec).not.toHaveProperty('replicas');
    const { spec } = find('ScaledObject', name);
    expect(spec).toMatchObject({ scaleTargetRef: { name }, minReplicaCount: 0 });
    const env = pool.spec.template.spec.containers[0].env as { name: string; value?: string }[];
    const queues = env.find((variable) => variable.name === 'WORKER_QUEUES')?.value?.split(',') ?? [];
    expect(spec.triggers).toEqual(
      queues.map((queue) => ({
        type: 'metrics-api',
        metadata: {
          url: `http://api.trainyard.svc.cluster.local:3000/v1/queues/${queue}/stats`,
          valueLocation: 'desiredWorkers',
          targetValue: '1',
          authMode: 'bearer',
        },
        authenticationRef: { name: 'trainyard-api' },
      })),
    );
    // What the scaler reads for authMode bearer is called token.
    expect(find('TriggerAuthentication', 'trainyard-api').spec.secretTargetRef).toEqual([
      { parameter: 'token', name: 'trainyard-keda', key: 'key' },
    ]);
    expect(find('Service', 'api').spec.ports).toMatchObject([{ port: 3000 }]);
  });

  test('the store is reached at public addresses alone, of IPv4 and IPv6', () => {
    const open = new BlockList();
    const closed = new BlockList();
    for (const { ipBlock } of find('NetworkPolicy', 'to-s3').spec.egress[0].to) {
      const add = (list: BlockList, cidr: string) => {
        const [address = '', prefix] = cidr.split('/');
        list.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4');
      };
      add(open, ipBlock.cidr);
      for (const cidr of ipBlock.except) add(closed, cidr);
    }
    const reached = (address: string) => {
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      return open.check(address, family) && !closed.check(address, family);
    };
    const others = ['10.96.0.1', '100.64.0.9', '127.0.0.1', '169.254.169.254', '172.20.0.1', '192.168.1.1'];
    const others6 = ['::1', 'fd00:ec2::254', 'fe80::1'];
    expect([...others, ...others6].filter(reached)).toEqual([]);
    expect(['52.218.0.1', '172.15.0.1', '2a05:d07a::1'].filter(reached)).toHaveLength(3);
  });

  test('the metrics are for Prometheus alone, not for all that runs beside it', () => {
    expect(find('NetworkPolicy', 'metrics-from-prometheus').spec.ingress).toMatchObject([
      { from: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } }] },
    ]);
  });

  test('metrics come under the names of jobs that Compose gives them', () => {
    const { scrape_configs: configs } = parse(readFileSync(packageFile('deploy/prometheus/prometheus.yml'), 'utf8'));
    const [{ relabelings }] = find('PodMonitor', 'trainyard').spec.podMetricsEndpoints;
    const [{ sourceLabels, targetLabel, replacement }] = relabelings;
    expect([sourceLabels, targetLabel]).toEqual([['__meta_kubernetes_pod_label_app_kubernetes_io_name'], 'job']);
    const jobs = ['api', 'worker'].map((name) => replacement.replace('$1', name));
    expect(jobs).toEqual(configs.map((config: { job_name: string }) => config.job_name));
  });

  test('a field that does not exist, and a value that is not allowed, are found', async () => {
    const pool = structuredClone(find('ScaledObject', 'worker'));
    pool.spec.minReplicasCount = 0;
    expect(faultsByTypes([pool])).toContain('minReplicasCount');
    pool.spec.minReplicaCount = 'none';
    expect(await faultsBySchemas([pool])).toEqual([expect.stringContaining('minReplicaCount')]);
  });

  test('the commands that make the Secrets make those that the pods read, and leave nothing behind', () => {
    const [, commands = ''] = codeOf('docs/deploy.md', 'sh', 'Kubernetes').filter((code) => code.includes('kubectl'));
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-secrets-'));
    try {
      const { status, stdout, stderr } = spawnSync(
        'bash',
        ['-euc', `kubectl() { "$KUBECTL" "$@" --dry-run=client --output json; echo ,; }\n${commands}`],
        { cwd: packageFile('.'), env: { ...process.env, KUBECTL: kubectl, TMPDIR: folder }, encoding: 'utf8' },
      );
      expect(status, stderr).toBe(0);
      const made = JSON.parse(`[${stdout.slice(stdout.indexOf('{')).trimEnd().slice(0, -1)}]`) as KubernetesObject[];
      const secrets = made.filter(({ kind }) => kind === 'Secret');
      const keys = secrets.map(({ metadata, data = {} }) => [metadata.name, ...Object.keys(data)]);
      expect(keys).toEqual([
        ['trainyard-api-keys', 'keys.json'],
        ['trainyard-keda', 'key'],
        ['trainyard-redis', 'REDIS_PASSWORD'],
      ]);
      const [file, key, password] = secrets.map(({ data = {} }) => Object.values(data)[0] ?? '').map(atob);
      expect(JSON.parse(file ?? '').keys).toMatchObject([{ role: 'admin' }, { role: 'viewer' }]);
      expect(key).toMatch(/^ty_[\w-]{43}$/);
      expect(password).toMatch(/^[0-9a-f]{48}$/);
      // npm keeps its own code compiled there, on Node 22 and newer.
      expect(readdirSync(folder).filter((name) => name !== 'node-compile-cache')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
