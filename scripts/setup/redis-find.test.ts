import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useStandIns } from '../testing/stand-ins.ts';
import { findRedisServer } from './redis-find.mjs';

const machine = useStandIns();
const { program } = machine;

test('a server on the PATH that is recent enough', async () => {
  program('redis-server', 'echo "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64"');
  expect(await findRedisServer({ PATH: machine.bin })).toEqual({
    kind: 'binary',
    path: join(machine.bin, 'redis-server'),
    version: '7.0.15',
  });
});

test('Valkey, when Redis is too old', async () => {
  program('redis-server', 'echo "Redis server v=5.0.7 sha=00000000:0"');
  program('valkey-server', 'echo "Valkey server v=8.1.1 sha=00000000:0"');
  expect(await findRedisServer({ PATH: machine.bin })).toMatchObject({
    path: join(machine.bin, 'valkey-server'),
    version: '8.1.1',
  });
});

test('Docker, when its engine runs and no server is there', async () => {
  program('docker', 'case "$1" in info) echo "[name=seccomp]";; esac');
  expect(await findRedisServer({ PATH: machine.bin })).toEqual({
    kind: 'docker',
    image: 'redis:7.4-alpine',
    user: `${process.getuid?.()}:${process.getgid?.()}`,
  });
});
