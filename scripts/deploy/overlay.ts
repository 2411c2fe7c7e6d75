/** Builds an overlay of k8s/ with kubectl, and holds what comes out against Kubernetes' own types. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { packageFile } from '../../shared/package-root.ts';

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a shape of its own, which the test checks before it reads.
  spec?: any;
  data?: Record<string, string>;
}

/** Below the checkout, where the packages are found: types by tsc, models by their names. */
function temporaryFolder(): string {
  mkdirSync(packageFile('.data'), { recursive: true });
  return mkdtempSync(packageFile('.data/kubernetes-'));
}

/** @throws Error with what kubectl said */
export function buildOverlay(kubectl: string, name: string): KubernetesObject[] {
  const folder = temporaryFolder();
  try {
    cpSync(packageFile('k8s'), folder, { recursive: true });
    const secrets = join(folder, 'overlays/local/secrets');
    for (const part of ['redis', 's3', 'api']) mkdirSync(join(secrets, part), { recursive: true });
    writeFileSync(join(secrets, 'redis/redis.env'), 'REDIS_PASSWORD=a\n');
    writeFileSync(join(secrets, 's3/s3.env'), 'AWS_ACCESS_KEY_ID=b\nAWS_SECRET_ACCESS_KEY=c\n');
    writeFileSync(join(secrets, 'api/keys.json'), '{"keys":[]}');
    const { status, stdout, stderr } = spawnSync(kubectl, ['kustomize', join(folder, 'overlays', name)], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`overlays/${name}: ${stderr}`);
    return parseAllDocuments(stdout).map((document) => document.toJS());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where npm's models of a group and version are. */
const MODELS: Record<string, string> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
  'policy/v1': 'kubernetes-models/policy/v1',
  'networking.k8s.io/v1': 'kubernetes-models/networking.k8s.io/v1',
  'keda.sh/v1alpha1': '@kubernetes-models/keda/keda.sh/v1alpha1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
};

/** Required fields, formats, ranges and values, by the schemas that Kubernetes and the CRDs publish. */
export async function faultsBySchemas(objects: KubernetesObject[]): Promise<string[]> {
  const faults: string[] = [];
  for (const object of objects) {
    const name = `${object.kind} ${object.metadata.name}`;
    const models = await import(MODELS[object.apiVersion] ?? `no models of ${object.apiVersion}`);
    try {
      new models[object.kind](object).validate();
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`);
    }
  }
  return faults;
}

/** Fields that do not exist: the schemas leave them be and the API server drops them, but TypeScript names them. */
export function faultsByTypes(objects: KubernetesObject[]): string {
  const folder = temporaryFolder();
  try {
    const source = objects.map(
      (object, i) => `import type { I${object.kind} as Type${i} } from '${MODELS[object.apiVersion]}';
export const ${object.kind.toLowerCase()}${i}: Type${i} = ${JSON.stringify(object, null, 1)};`,
    );
    writeFileSync(join(folder, 'objects.mts'), source.join('\n'));
    const tsc = packageFile('node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
    return spawnSync(process.execPath, [tsc, ...options, '--ignoreConfig', 'objects.mts'], {
      cwd: folder,
      encoding: 'utf8',
    }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
