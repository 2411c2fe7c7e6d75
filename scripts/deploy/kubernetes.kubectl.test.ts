/** k8s/, each overlay built by kubectl: valid for Kubernetes, and safe by rules of ours. There need be no cluster here. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, QUEUE_NAMES, queuesOf } from '../../shared/engines.ts';
import { ENGINE_NAMES } from '../../shared/jobs.ts';
import { packageFile } from '../../shared/package-root.ts';
import { SETTINGS } from '../../shared/settings.ts';
import { buildOverlay, faultsBySchemas, faultsByTypes, type KubernetesObject } from './overlay.ts';

const kubectl = process.env.TRAINYARD_TEST_KUBECTL ?? '';
const OVERLAYS = readdirSync(packageFile('k8s/overlays'));

/** A worker gives its job back within 10 s; a spot node leaves 15. */
const GIVE_BACK_SECONDS = 10;
const SPOT_SECONDS = 15;
/** A worker takes the queues of the engines that its image has. */
const OF_THE_CPU_IMAGE = [...new Set(ENGINE_NAMES.filter((name) => ENGINES[name].isEverywhere).flatMap(queuesOf))];

test('there are the overlays that are spoken of', () => expect(OVERLAYS.sort()).toEqual(['gpu-cluster', 'local']));

describe.skipIf(kubectl === '').each(OVERLAYS)('overlay %s', (overlay) => {
  let objects: KubernetesObject[];
  beforeAll(() => {
    objects = buildOverlay(kubectl, overlay);
  });

  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  const pods = () =>
    [...of('Deployment'), ...of('StatefulSet')].map(({ metadata, spec }) => ({
      name: metadata.name,
      labels: spec.template.metadata.labels as Record<string, string>,
      pod: spec.template.spec,
      container: spec.template.spec.containers[0],
    }));
  const variables = (name: string) => {
    const { container } = pods().find((pod) => pod.name === name) ?? expect.fail(`no ${name}`);
    return container.env as { name: string; value?: string }[];
  };
  const matches = (wanted: Record<string, string>, labels: Record<string, string>) =>
    Object.entries(wanted).every(([key, value]) => labels[key] === value);

  test('is valid by the schemas of Kubernetes, KEDA and the Prometheus operator', async () => {
    expect(await faultsBySchemas(objects)).toEqual([]);
  });

  test('has no field that Kubernetes, KEDA or the Prometheus operator does not know', () => {
    expect(faultsByTypes(objects)).toBe('');
  });

  test('is all in its namespace, which refuses pods that are not restricted', () => {
    const [namespace] = of('Namespace');
    expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const others = objects.filter(({ kind }) => kind !== 'Namespace');
    expect(others.filter(({ metadata }) => metadata.namespace !== 'trainyard')).toEqual([]);
  });

  test('every pod runs restricted, as itself, with no token', () => {
    for (const { name, pod, container } of pods()) {
      expect(pod.containers, name).toHaveLength(1);
      expect(pod, name).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(container.securityContext, name).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const account = of('ServiceAccount').find(({ metadata }) => metadata.name === pod.serviceAccountName);
      expect(account, name).toMatchObject({ automountServiceAccountToken: false });
    }
    expect(objects.map(({ kind }) => kind).filter((kind) => /Role/.test(kind))).toEqual([]);
  });

  test('every pod has limits, probes and an image of one version', () => {
    for (const { name, container } of pods()) {
      for (const part of ['requests', 'limits']) {
        expect(container.resources[part], name).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
      }
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
        expect(container, name).toHaveProperty(probe);
      expect(container.image, name).toMatch(/:v?\d+\.\d+\.\d+(-\w+)?$/);
    }
  });

  test('no pod of ours is restarted because Redis or the store is away', () => {
    for (const { name, container } of pods().filter((pod) => /^(api|worker)/.test(pod.name))) {
      expect(container.livenessProbe.httpGet.path, name).toBe('/healthz');
      expect(container.readinessProbe.httpGet.path, name).toBe('/readyz');
    }
  });

  test('a worker has the time to give its job back, and no more than a spot node leaves', () => {
    for (const { name, pod } of pods().filter((one) => /^(api|worker)/.test(one.name))) {
      expect(pod.terminationGracePeriodSeconds, name).toBeGreaterThan(GIVE_BACK_SECONDS);
      expect(pod.terminationGracePeriodSeconds, name).toBeLessThanOrEqual(SPOT_SECONDS);
    }
  });

  test('selectors find the pods that they are for', () => {
    const labels = pods().map((pod) => pod.labels);
    for (const { kind, metadata, spec } of [...of('Service'), ...of('PodDisruptionBudget')]) {
      const wanted = kind === 'Service' ? spec.selector : spec.selector.matchLabels;
      expect(
        labels.filter((one) => matches(wanted, one)),
        `${kind} ${metadata.name}`,
      ).toHaveLength(1);
    }
    for (const { metadata, spec } of [...of('Deployment'), ...of('StatefulSet')]) {
      expect(
        labels.filter((one) => matches(spec.selector.matchLabels, one)),
        metadata.name,
      ).toHaveLength(1);
    }
  });

  test('nobody reaches a pod but by a policy that names him, and Redis is reached by API and workers alone', () => {
    const policies = of('NetworkPolicy');
    const all = policies.find(({ metadata }) => metadata.name === 'deny-all');
    expect(all?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    for (const { metadata, spec } of policies) {
      for (const rule of spec.ingress ?? []) {
        expect(rule.from?.length, metadata.name).toBeGreaterThan(0);
        expect(rule.ports?.length, metadata.name).toBeGreaterThan(0);
      }
    }
    const redis = policies.filter(({ spec }) => spec.podSelector.matchLabels?.['app.kubernetes.io/name'] === 'redis');
    const from = redis.flatMap(({ spec }) => spec.ingress.flatMap((rule: { from: unknown[] }) => rule.from));
    expect(from).toEqual([
      {
        podSelector: {
          matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: ['api', 'worker'] }],
        },
      },
    ]);
  });

  test('no Service leads to the port of the metrics, which needs no key', () => {
    const ports = of('Service').flatMap(({ spec }) =>
      spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort),
    );
    expect(ports).not.toContain('metrics');
    expect(ports).not.toContain(9464);
  });

  test('secrets are named in docs/deploy.md, and come from nowhere in the repository', () => {
    const named = [
      ...JSON.stringify(objects).matchAll(
        /"(?:secretKeyRef|secretRef|secret)":\{[^}]*?"(?:secretName|name)":"([\w-]+)"/g,
      ),
    ];
    const guide = readFileSync(packageFile('docs/deploy.md'), 'utf8');
    const names = new Set(named.map(([, name = '']) => name.replace(/-[a-z0-9]{10}$/, '')));
    expect([...names]).toContain('trainyard-api-keys');
    for (const name of names) expect(guide, name).toContain(`\`${name}\``);
    if (overlay !== 'local') expect(of('Secret')).toEqual([]);
    expect(readFileSync(packageFile('.gitignore'), 'utf8')).toContain('k8s/overlays/*/secrets/');
  });

  test('variables are set once, and are ones that Trainyard reads', () => {
    const known: string[] = [...SETTINGS.map(({ name }) => name), 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    const shared = of('ConfigMap').find(({ metadata }) => metadata.name.startsWith('trainyard')) ?? expect.fail();
    const common = Object.keys(shared.data ?? {});
    for (const { name, container } of pods().filter((pod) => /^(api|worker)/.test(pod.name))) {
      const set = [...common, ...container.env.map((variable: { name: string }) => variable.name)];
      expect(new Set(set).size, name).toBe(set.length);
      expect(
        set.filter((variable) => !known.includes(variable)),
        name,
      ).toEqual([]);
    }
    expect(common).toContain('CHECKPOINT_STORE');
  });

  test('pools of workers serve queues that there are, each by one pool', () => {
    const pools = of('Deployment').filter(({ metadata }) => metadata.name.startsWith('worker'));
    const served = pools.flatMap(({ metadata: { name } }) => {
      const list = variables(name).find((variable) => variable.name === 'WORKER_QUEUES')?.value;
      return list === undefined ? OF_THE_CPU_IMAGE : list.split(',');
    });
    const shared = of('ConfigMap').find(({ metadata }) => metadata.name.startsWith('trainyard'));
    const expected = shared?.data?.GPU_TRAINING === '1' ? QUEUE_NAMES : OF_THE_CPU_IMAGE;
    expect(served.sort()).toEqual([...expected].sort());
  });
});

test('every component is used by an overlay', () => {
  const sources = ['local', 'gpu-cluster', 'gpu-cluster/gpu-pool'].map((path) =>
    readFileSync(packageFile(`k8s/overlays/${path}/kustomization.yaml`), 'utf8'),
  );
  for (const component of readdirSync(packageFile('k8s/components'))) {
    expect(existsSync(packageFile(`k8s/components/${component}/kustomization.yaml`))).toBe(true);
    expect(sources.join(), component).toContain(`components/${component}\n`.replace('gpu\n', 'gpu'));
  }
});
