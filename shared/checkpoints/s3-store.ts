/**
 * Checkpoints in a bucket of Amazon S3 or of a server that speaks its protocol. One PutObject writes a whole object or
 * none, and once it is answered every reader sees it. Names need no If-None-Match, which not every server knows: they
 * carry the attempt, and only the one holder of the job's lock writes under it.
 *
 * Needed on the bucket, which is not created here: s3:GetObject, PutObject, DeleteObject, ListBucket.
 * Every object is sent with its SHA-256, which the server verifies and keeps, and which each read is checked against
 * (by the SDK, where the server gives one back): a read spoilt on its way is read again, never taken for damage. What is
 * sent is a buffer, so that the sum goes in a header; servers that know no such sums pass over it.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { messageOf, RetryableError } from '../errors.ts';
import { remember } from '../remember.ts';
import { createStoreOfFiles, PROBE_BYTES } from './files.ts';
import type { CheckpointStore } from './store.ts';
import type { S3Location } from './store-url.ts';

/** Tries of one request, with the SDK's back-off between them (100 ms, doubled each time, at random below that). */
const TRIES = 3;
/** Milliseconds to connect, and then to be answered; of silence in the middle of an answer, too. */
const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;

/** @throws nothing: the first call loads the SDK (some 0.7 s) and finds the credentials by the SDK's own chain */
export function createS3Store(location: S3Location): CheckpointStore {
  const { bucket, prefix, endpoint } = location;
  const base = prefix === '' ? '' : `${prefix}/`;
  const keyOf = (path: string) => base + path;
  const loaded = remember(() => loadClient(location));

  /** Calls the SDK; a failure says what could not be done, where, and why. */
  async function call<T>(
    verb: string,
    path: string,
    request: (sdk: typeof import('@aws-sdk/client-s3'), client: S3Client) => Promise<T>,
  ): Promise<T> {
    try {
      const { sdk, client } = await loaded();
      return await request(sdk, client);
    } catch (error) {
      const place = `s3://${bucket}/${keyOf(path)}${endpoint === null ? '' : ` at ${endpoint}`}`;
      throw new RetryableError('store-unavailable', `the checkpoint store cannot ${verb} ${place}: ${whyOf(error)}`, {
        cause: error,
      });
    }
  }

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    await call('write', path, ({ PutObjectCommand }, client) =>
      client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(path), Body: bytes, ChecksumAlgorithm: 'SHA256' })),
    );
  }

  function read(path: string): Promise<Uint8Array | null> {
    return call('read', path, ({ GetObjectCommand }, client) =>
      bodyOf(() => client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(path) }))),
    );
  }

  /** Keys of everything in the folder. */
  function keysIn(folder: string): Promise<string[]> {
    return call('list', folder, async ({ paginateListObjectsV2 }, client) => {
      const keys: string[] = [];
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: keyOf(`${folder}/`) })) {
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
      }
      return keys;
    });
  }

  return createStoreOfFiles({
    // a bucket has none
    makeFolder: async () => {},
    write,
    read,

    async remove(path) {
      await call('remove', path, ({ DeleteObjectCommand }, client) =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: keyOf(path) })),
      );
    },

    async removeFolder(folder) {
      const keys = await keysIn(folder);
      await call('remove', folder, async ({ DeleteObjectsCommand }, client) => {
        for (let at = 0; at < keys.length; at += 1000) {
          const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }));
          const { Errors = [] } = await client.send(
            new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
          );
          if (Errors[0]) throw new Error(`${Errors.length} objects stay, ${Errors[0].Key} for one: ${Errors[0].Code}`);
        }
      });
    },

    async list(folder) {
      const keys = await keysIn(folder);
      return keys.map((key) => key.slice(keyOf(`${folder}/`).length)).filter((file) => !file.includes('/'));
    },

    async check() {
      await write('.check', new Uint8Array(PROBE_BYTES));
      await read('.check');
    },
  });
}

async function loadClient({ endpoint, region, forcePathStyle }: S3Location) {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    ...(endpoint !== null && { endpoint }),
    ...(region !== null && { region }),
    forcePathStyle,
    maxAttempts: TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      socketTimeout: ANSWER_MS,
    },
  });
  return { sdk, client };
}

/** The SDK tries again until an answer begins; one that breaks off or is spoilt on its way is asked for again here. */
async function bodyOf(
  request: () => Promise<{ Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined }>,
): Promise<Uint8Array | null> {
  for (let tries = 1; ; tries += 1) {
    const answer = await request().catch((error: unknown) => {
      if (error instanceof Error && error.name === 'NoSuchKey') return null;
      throw error;
    });
    if (answer === null) return null;
    try {
      return (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}

const REASONS: Record<string, string> = {
  NoSuchBucket: 'there is no such bucket (Trainyard creates none)',
  AccessDenied: 'access denied; it takes s3:GetObject, PutObject, DeleteObject and ListBucket',
  InvalidAccessKeyId: 'the server does not know the access key',
  SignatureDoesNotMatch: 'the secret key is not the one of the access key',
  TimeoutError: `no answer within ${CONNECT_MS / 1000} s to connect and ${ANSWER_MS / 1000} s to answer`,
};

/** In our words where we have some: the server's may name accounts. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // the SDK gives this one no name of its own
  if (error.message === 'Region is missing') return 'it takes a region, in the URL or as AWS_REGION';
  const known = REASONS[error.name];
  if (known) return `${known} (${error.name})`;
  // a host with several addresses fails with one error for each, and no message of its own
  const first = error instanceof AggregateError ? messageOf(error.errors[0]) : '';
  const message = error.message || first || 'no reason given';
  return error.name === 'Error' ? message : `${message} (${error.name})`;
}
