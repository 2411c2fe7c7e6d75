/** A real S3 server (moto's) for one test file; where `npm test` found none, the tests that need one are skipped. */
import { spawn } from 'node:child_process';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe } from 'vitest';
import { lookForS3Server } from '../../scripts/setup/s3-server.mjs';
import { dismissWatcher, watchedCommand } from '../../scripts/setup/watched.mjs';
import { packageFile } from '../package-root.ts';

const path = findTestS3Server();

/** `describe` for tests that need an S3 server. */
export const describeS3 = describe.skipIf(path === null);

/** For every client in a test, those in processes that it starts included; moto takes any. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'the secret of the tests' };

export interface TestS3 {
  readonly endpoint: string;
  /** Makes one; gives its name. */
  newBucket(): Promise<string>;
  read(bucket: string, key: string): Promise<Uint8Array>;
  write(bucket: string, key: string, bytes: Uint8Array): Promise<void>;
  remove(bucket: string, key: string): Promise<void>;
  /** Its data go with it: it keeps them in memory. */
  stop(): Promise<void>;
}

/** @param env of the server: moto's own settings */
export async function startTestS3(env: Record<string, string> = {}): Promise<TestS3> {
  if (path === null) throw new Error('there is no S3 server: put tests that need one into describeS3');
  Object.assign(process.env, CREDENTIALS);
  // of the developer's own, it would come before them
  delete process.env.AWS_PROFILE;
  const { file, args } = watchedCommand([path, '-H', '127.0.0.1', '-p', '0'], { graceSeconds: 0, signal: 'KILL' });
  const server = spawn(file, args, {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  void exited.then(() => dismissWatcher(server));
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = '';
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
      const [, url] = /Running on (http:\/\/\S+)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
    void exited.then(() => reject(new Error(`the S3 server does not start:\n${said}`)));
  });
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
  let buckets = 0;

  return {
    endpoint,
    async newBucket() {
      buckets += 1;
      const Bucket = `bucket-${buckets}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    async read(Bucket, Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      if (!Body) throw new Error(`${Key} has no body`);
      return Body.transformToByteArray();
    },
    async write(Bucket, Key, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async remove(Bucket, Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
    async stop() {
      client.destroy();
      server.kill('SIGKILL');
      await exited;
    },
  };
}

/** What `npm test` has found, or for a test run by vitest alone, what is there now. */
function findTestS3Server(): string | null {
  const found = process.env.TRAINYARD_TEST_S3;
  if (found !== undefined) return found === '' ? null : found;
  return lookForS3Server(packageFile('.'), process.env);
}
