/** The setting CHECKPOINT_STORE, taken apart. */
import { fileURLToPath } from 'node:url';

export type StoreLocation = { kind: 'folder'; path: string } | ({ kind: 's3' } & S3Location);

export interface S3Location {
  bucket: string;
  /** What all keys begin with, without a slash at either end; may be empty. */
  prefix: string;
  /** Of an S3-compatible server; null: Amazon's own, by the region. */
  endpoint: string | null;
  /** null: what the SDK finds (AWS_REGION, the profile). */
  region: string | null;
  /** Whether the bucket stands in the path instead of the host name. */
  forcePathStyle: boolean;
}

const FORMS =
  'a folder, as file:/var/lib/trainyard/checkpoints or as a plain path, or a bucket, as s3://bucket/prefix or ' +
  's3://bucket/prefix?endpoint=https://host:port&region=us-east-1';

/** S3-compatible servers take this one unless they were told another. */
const DEFAULT_REGION = 'us-east-1';
/** A key holds at most 1,024 bytes; ours need less than 100 of them. */
const MOST_PREFIX_BYTES = 900;

/**
 * @param url a folder: its path, `file:` and its path, or a `file://` URL; a bucket: `s3://bucket/prefix`
 * @throws Error saying what is wrong and what is allowed; it never quotes the URL, which may hold a password by mistake
 */
export function parseStoreUrl(url: string): StoreLocation {
  if (url.startsWith('s3:')) return { kind: 's3', ...parseS3Url(url) };
  if (url.startsWith('file://')) return { kind: 'folder', path: folderOfUrl(url) };
  const path = url.startsWith('file:') ? url.slice('file:'.length) : url;
  if (path === '' || /^[a-z][a-z0-9+.-]+:/i.test(path)) throw new Error(`allowed: ${FORMS}`);
  return { kind: 'folder', path };
}

function folderOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new Error(`no path of this machine; allowed: ${FORMS}`, { cause });
  }
}

function parseS3Url(text: string): S3Location {
  const refused = (why: string) => new Error(`${why}; allowed: ${FORMS}`);
  if (!text.startsWith('s3://') || !URL.canParse(text)) throw refused('not a URL');
  const url = new URL(text);
  if (url.username || url.password) {
    throw refused('it may hold no credentials: these come from AWS_ACCESS_KEY_ID and the like, a profile or a role');
  }
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname) || url.port || url.hash) {
    throw refused('a bucket is 3 to 63 lower-case letters, digits, . and -, and neither port nor # belongs there');
  }
  for (const name of new Set(url.searchParams.keys())) {
    const isKnown = ['endpoint', 'region', 'forcePathStyle'].includes(name);
    if (!isKnown || url.searchParams.getAll(name).length > 1) {
      throw refused('after the ? stand endpoint, region and forcePathStyle, each at most once');
    }
  }
  const endpoint = url.searchParams.get('endpoint');
  const region = url.searchParams.get('region');
  const style = url.searchParams.get('forcePathStyle');
  if (endpoint !== null && !isEndpoint(endpoint)) {
    throw refused('endpoint is http:// or https://, a host and perhaps a port, without credentials');
  }
  if (region !== null && !/^[a-z0-9-]+$/.test(region)) throw refused('region is lower-case letters, digits and -');
  if (style !== null && !/^(true|false)$/.test(style)) throw refused('forcePathStyle is true or false');
  return {
    bucket: url.hostname,
    prefix: prefixOf(url.pathname, refused),
    endpoint,
    region: region ?? (endpoint === null ? null : DEFAULT_REGION),
    forcePathStyle: style === null ? endpoint !== null : style === 'true',
  };
}

function prefixOf(pathname: string, refused: (why: string) => Error): string {
  let prefix: string;
  try {
    prefix = decodeURIComponent(pathname).replace(/^\/|\/$/g, '');
  } catch {
    throw refused('in the prefix a % begins two hexadecimal digits (%25 is the sign itself)');
  }
  const isPlain = prefix === '' || prefix.split('/').every((part) => !['', '.', '..'].includes(part));
  if (!isPlain || /\p{Cc}/u.test(prefix) || Buffer.byteLength(prefix) > MOST_PREFIX_BYTES) {
    throw refused(`a prefix has no empty parts, . or .., no control characters, at most ${MOST_PREFIX_BYTES} bytes`);
  }
  return prefix;
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '' && pathname === '/';
}
