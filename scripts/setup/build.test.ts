import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageFile } from '../../shared/package-root.ts';
import { build, compiledPaths } from './build.mjs';
import { dashboardInputs } from './build-dashboard.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trainyard-build-'));
  symlinkSync(packageFile('node_modules'), join(root, 'node_modules'));
  write('package.json', '{"type": "module"}');
  write('tsconfig.json', readFileSync(packageFile('tsconfig.json'), 'utf8'));
  write('shared/jobs.ts', 'export const kind: string = "train";');
  write('worker/data/old.test.ts', 'export {};');
  write('scripts/start.mjs', 'export {};');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const has = (path: string) => existsSync(join(root, path));

test('what has no source any more is removed, with the folders that it leaves empty', async () => {
  await build(root);
  expect(has('dist/worker/data/old.test.js')).toBe(true);
  rmSync(join(root, 'worker'), { recursive: true });
  await build(root);
  expect(has('dist/worker')).toBe(false);
  expect(has('dist/shared/jobs.js')).toBe(true);
  expect(has('dist/scripts/start.mjs')).toBe(true);
});

test('a compiled file that was lost is made again', async () => {
  await build(root);
  rmSync(join(root, 'dist/shared/jobs.js'));
  await build(root);
  expect(has('dist/shared/jobs.js')).toBe(true);
});

test('what has changed is compiled anew, whatever the time of its file, and else nothing', async () => {
  const compiled = () => readFileSync(join(root, 'dist/shared/jobs.js'), 'utf8');
  await build(root);
  writeFileSync(join(root, 'dist/shared/jobs.js'), 'left alone');
  await build(root);
  expect(compiled()).toBe('left alone');
  write('shared/jobs.ts', 'export const kind: string = "eval";');
  utimesSync(join(root, 'shared/jobs.ts'), 0, 0);
  await build(root);
  expect(compiled()).toContain('eval');
});

test('what tsc has compiled by hand, and is no more, is compiled anew', async () => {
  await build(root);
  write('shared/jobs.ts', 'export const kind: string = "eval";');
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root]);
  write('shared/jobs.ts', 'export const kind: string = "train";');
  await build(root);
  expect(readFileSync(join(root, 'dist/shared/jobs.js'), 'utf8')).toContain('train');
});

test('a fault in the types stops the build', async () => {
  write('shared/jobs.ts', 'export const kind: string = 1;');
  await expect(build(root)).rejects.toThrow(/do not compile/);
  await expect(build(root), 'each time').rejects.toThrow(/do not compile/);
});

test('the dashboard is bundled when something of it has changed, and then alone', async () => {
  const same = ['api/dashboard/vite.config.ts', 'api/dashboard/tsconfig.json', 'package-lock.json'];
  for (const path of same) write(path, readFileSync(packageFile(path), 'utf8'));
  const beside = [
    'api/dashboard-pages.ts',
    'api/board-page.ts',
    'api/plot-ticks.ts',
    'api/handlers/jobs.ts',
    'api/access/roles.ts',
  ];
  for (const path of beside) write(path, 'export {};');
  write('api/dashboard/build/job-schema.ts', 'export const jobSchemaPlugin = () => ({ name: "job-schema" });');
  write('api/client.ts', 'export const title = "one";');
  write('api/dashboard/index.html', '<script type="module" src="./main.ts"></script>');
  write('api/dashboard/login.html', '');
  write('api/dashboard/main.ts', 'import { title } from "../client.ts"; document.title = title;');
  const bundled = () => readdirSync(join(root, 'dist/api/dashboard-assets/assets')).join();
  const bundledAt = () => statSync(join(root, 'dist/api/dashboard-assets/index.html')).mtimeMs;

  await build(root);
  const first = { name: bundled(), at: bundledAt() };
  await build(root);
  expect(bundledAt()).toBe(first.at);
  expect(has('dist/api/dashboard/main.js')).toBe(false);

  write('api/client.ts', 'export const title = "two";');
  await build(root);
  const second = bundled();
  expect(second).not.toBe(first.name);

  write('api/dashboard/main.ts', 'document.title = "three";');
  await build(root);
  expect(bundled()).not.toBe(second);

  write('api/dashboard/main.ts', 'document.title = 2;');
  await expect(build(root)).rejects.toThrow(/dashboard does not compile/);
});

test('whatever the dashboard imports is among what its bundle depends on', () => {
  const inputs = dashboardInputs(packageFile('.'));
  const imported = inputs
    .filter((path) => /^api\/dashboard\/.*\.tsx?$/.test(path))
    .flatMap((path) =>
      [...readFileSync(packageFile(path), 'utf8').matchAll(/from '(\.[^']*)'/g)].map(([, to = '']) =>
        join(dirname(path), to),
      ),
    );
  expect(imported).toContain('api/client.ts');
  expect(imported.filter((path) => !inputs.includes(path) && existsSync(packageFile(path)))).toEqual([]);
});

test('builds of one folder at the same time take turns', async () => {
  await Promise.all([build(root), build(root)]);
  expect(has('dist/shared/jobs.js')).toBe(true);
});

test('the sources of this checkout, and they alone, are in its dist', () => {
  const paths = compiledPaths(packageFile('.'));
  expect(paths).toContain('scripts/setup/build.test.js');
  expect(paths.filter((path) => !existsSync(packageFile(`dist/${path}`)))).toEqual([]);
});
