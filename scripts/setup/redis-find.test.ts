import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRedisServer } from './redis-find.mjs';

/** A folder with stand-ins for the programs of a machine; PATH holds it alone. */
let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'trainyard-bin-'));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

test('a server on the PATH that is recent enough', async () => {
  program('redis-server', 'echo "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64"');
  expect(await findRedisServer({ PATH: bin })).toEqual({
    kind: 'binary',
    path: join(bin, 'redis-server'),
    version: '7.0.15',
  });
});

test('Valkey, when Redis is too old', async () => {
  program('redis-server', 'echo "Redis server v=5.0.7 sha=00000000:0"');
  program('valkey-server', 'echo "Valkey server v=8.1.1 sha=00000000:0"');
  expect(await findRedisServer({ PATH: bin })).toMatchObject({ path: join(bin, 'valkey-server'), version: '8.1.1' });
});

test('Docker, when its engine runs and no server is there', async () => {
  program('docker', 'case "$1" in info) echo "[name=seccomp]";; esac');
  expect(await findRedisServer({ PATH: bin })).toEqual({
    kind: 'docker',
    image: 'redis:7.4-alpine',
    user: `${process.getuid?.()}:${process.getgid?.()}`,
  });
});
