import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addressOf, fetchWheel } from './fetch-wheel.mjs';

const FILE = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';
const content = randomBytes(3_000_000);
const wheel = {
  package: 'tensorflow-cpu',
  version: '2.21.0',
  file: FILE,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};

/** A package index that breaks off within an answer, as often as `breaks` says. */
let server: Server;
let index: string;
let ranges: (string | undefined)[];
let breaks: number;
/** That every request must show, if any. */
let authorization: string | undefined;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-wheel-'));
  ranges = [];
  breaks = 0;
  authorization = undefined;
  server = createServer((request, response) => {
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      response.writeHead(401).end();
    } else if (request.url === '/simple/tensorflow-cpu/') {
      const json = { files: [{ filename: FILE, url: `../../files/${FILE}` }] };
      response.end(JSON.stringify(json));
    } else if (request.url === `/files/${FILE}`) {
      ranges.push(request.headers.range);
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
      if (breaks-- > 0) breakOff(response, from);
      else response.end(content.subarray(from));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Once a part of the answer is on the disk: what is only under way may be lost with the connection. */
function breakOff(response: ServerResponse, from: number): void {
  const watcher = watch(folder, () => {
    if ((statSync(join(folder, `${FILE}.part`), { throwIfNoEntry: false })?.size ?? 0) <= from) return;
    watcher.close();
    response.destroy();
  });
  response.write(content.subarray(from, from + 1_000_000));
}

test('fetched from the index, checked, and fetched no second time', async () => {
  const path = await fetchWheel(wheel, folder, { index, env: {} });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(await fetchWheel(wheel, folder, { index, env: {} })).toBe(path);
  expect(ranges).toEqual([undefined]);
});

test('a broken connection costs nothing that had come', async () => {
  breaks = 2;
  const path = await fetchWheel(wheel, folder, { index, env: {} });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(ranges[0]).toBeUndefined();
  expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true);
});

test('a later run goes on where one has ended', async () => {
  writeFileSync(join(folder, `${FILE}.part`), content.subarray(0, 2_000_000));
  const path = await fetchWheel(wheel, folder, { index, env: {} });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(ranges).toEqual(['bytes=2000000-']);
  expect(existsSync(`${path}.part`)).toBe(false);
});

test('what has another sum is refused, and removed', async () => {
  const other = { ...wheel, sha256: '0'.repeat(64) };
  await expect(fetchWheel(other, folder, { index, env: {} })).rejects.toThrow(
    `${FILE} is not what it should be: its SHA-256 is ${wheel.sha256}, not ${other.sha256}`,
  );
  expect(existsSync(join(folder, FILE))).toBe(false);
});

test('an index with a user and a password is asked with them, and named without', async () => {
  authorization = `Basic ${Buffer.from('someone:p@ss').toString('base64')}`;
  const path = await fetchWheel(wheel, folder, { index: index.replace('//', '//someone:p%40ss@'), env: {} });
  expect(readFileSync(path).equals(content)).toBe(true);
  rmSync(path);
  const wrong = fetchWheel(wheel, folder, { index: index.replace('//', '//someone:wr0ng@'), env: {} });
  await expect(wrong).rejects.toThrow(`${index}/tensorflow-cpu/ answers 401`);
});

test('an index without it, and one out of reach, are named', async () => {
  const missing = { ...wheel, file: FILE.replace('cp311', 'cp399') };
  await expect(fetchWheel(missing, folder, { index, env: {} })).rejects.toThrow(
    `tensorflow-cpu/ does not have ${missing.file}`,
  );
  await expect(fetchWheel(wheel, folder, { index: `${index}/not`, env: {} })).rejects.toThrow(
    /answers 404.*a package index\?/,
  );
  await expect(fetchWheel(wheel, folder, { index: 'http://127.0.0.1:1/simple', env: {} })).rejects.toThrow(
    /out of reach .*--index.*--wheel/,
  );
});

test('an address that is none is laid to whoever gave it, and an empty PIP_INDEX_URL to nobody', async () => {
  const env = { PATH: folder, PIP_INDEX_URL: 'pypi' };
  await expect(fetchWheel(wheel, folder, { index: null, env })).rejects.toThrow('PIP_INDEX_URL is no address');
  await expect(fetchWheel(wheel, folder, { index: 'mirror', env })).rejects.toThrow('--index is no address');
  vi.stubGlobal('fetch', async (page: string) => {
    throw new Error(`asked: ${page}`);
  });
  try {
    const unset = { PATH: folder, PIP_INDEX_URL: '' };
    await expect(fetchWheel(wheel, folder, { index: null, env: unset })).rejects.toThrow('asked: https://pypi.org/');
  } finally {
    vi.unstubAllGlobals();
  }
});

test('pip is asked first, for this very file; where it fails the index of PIP_INDEX_URL is', async () => {
  const pip = join(folder, 'pip3');
  const asked = join(folder, 'asked.txt');
  writeFileSync(pip, `#!/bin/sh\necho "$*" > ${asked}; exit 1\n`);
  chmodSync(pip, 0o755);
  const path = await fetchWheel(wheel, folder, { index: null, env: { PATH: folder, PIP_INDEX_URL: index } });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(readFileSync(asked, 'utf8')).toContain(
    '--python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_27_x86_64 tensorflow-cpu==2.21.0',
  );
});

test('the address is found on a page of HTML, too', () => {
  const page = `<a href="../../packages/a/${FILE.replace('cp311', 'cp310')}#sha256=1">a</a><a href="../../packages/b/${FILE}#sha256=2">b</a>`;
  expect(addressOf(FILE, page, 'https://index.example/simple/tensorflow-cpu/')).toContain(
    `https://index.example/packages/b/${FILE}`,
  );
});
