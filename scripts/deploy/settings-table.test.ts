/** The table of variables in docs/deploy.md says what docker-compose.yml, k8s/ and the images set. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../shared/env.ts';
import { packageFile } from '../../shared/package-root.ts';
import { pairs, readDockerfile } from './dockerfile.ts';

const read = (path: string) => readFileSync(packageFile(path), 'utf8');
const ROWS = [...read('docs/deploy.md').matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm)].map(
  ([, name = '', fallback, , compose = '', kubernetes = '']) => ({ name, default: fallback, compose, kubernetes }),
);

/** Every value that a variable has anywhere. */
type Values = [name: string, value: string][];

const inImages: Values = ['api/Dockerfile', 'worker/Dockerfile'].flatMap((path) =>
  readDockerfile(read(path)).flatMap(({ instructions }) =>
    instructions.filter(({ name }) => name === 'ENV').flatMap(({ text }) => Object.entries(pairs(text))),
  ),
);

function inCompose(): Values {
  const { services } = parse(read('docker-compose.yml'), { merge: true });
  const set = ['api', 'worker', 'worker-gpu'].flatMap((name) => Object.entries<string>(services[name].environment));
  return set.map(([name, value]) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')]);
}

/** `{ name: A, value: b }` of containers, and `- A=b` of ConfigMaps. */
function inKubernetes(): Values {
  const files = readdirSync(packageFile('k8s'), { recursive: true, encoding: 'utf8' });
  const texts = files.filter((path) => path.endsWith('.yaml')).map((path) => read(join('k8s', path)));
  return texts.flatMap((text) =>
    [...text.matchAll(/name: ([A-Z_]+)(?:, value: (.*?) \})?$|^ *- ([A-Z_]+)=(.*)$/gm)].map(
      ([, name, value, literal, text]): [string, string] => [
        name ?? literal ?? '',
        (value ?? text ?? '').replace(/^["']|["']$/g, ''),
      ],
    ),
  );
}

test('has every variable, with its default', () => {
  expect(ROWS.map(({ name, default: fallback }) => [name, fallback])).toEqual(
    SETTINGS.map(({ name, default: fallback }) => [name, fallback]),
  );
});

test.each([
  { column: 'compose', values: [...inImages, ...inCompose()] },
  { column: 'kubernetes', values: [...inImages, ...inKubernetes()] },
] as const)('says what is set in $column', ({ column, values }) => {
  for (const { name, [column]: cell } of ROWS) {
    const set = values.filter(([other]) => other === name).map(([, value]) => value);
    if (cell === 'secret') continue;
    if (cell === '—') expect(set, name).toEqual([]);
    else expect(set.length, `${name} is set`).toBeGreaterThan(0);
    const [, value] = /^`([^`]+)`/.exec(cell) ?? [];
    if (value !== undefined) expect(set, name).toContain(value);
  }
});
