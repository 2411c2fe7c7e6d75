import { describe, expect, it } from 'vitest';
import { parseStoreUrl } from './store-url.ts';

describe('a bucket as CHECKPOINT_STORE', () => {
  it('is Amazon’s own by default', () => {
    expect(parseStoreUrl('s3://bucket')).toEqual({
      ...{ kind: 's3', bucket: 'bucket', prefix: '', endpoint: null, region: null, forcePathStyle: false },
    });
  });

  it('is of another server with an endpoint, and then stands in the path', () => {
    expect(parseStoreUrl('s3://my.bucket-1/a/b/?endpoint=https://host:9000')).toMatchObject({
      ...{ bucket: 'my.bucket-1', prefix: 'a/b', endpoint: 'https://host:9000', region: 'us-east-1' },
      forcePathStyle: true,
    });
    expect(
      parseStoreUrl('s3://bucket?endpoint=http%3A%2F%2F[::1]:80&region=eu-central-1&forcePathStyle=false'),
    ).toMatchObject({ endpoint: 'http://[::1]:80', region: 'eu-central-1', forcePathStyle: false });
  });

  it('has a prefix of any characters, as a URL spells them', () => {
    expect(parseStoreUrl('s3://bucket/a b/%25+é/%3Fx')).toMatchObject({ prefix: 'a b/%+é/?x' });
  });

  it.each([
    ['s3:bucket', 'not a URL'],
    ['s3://', 'a bucket is'],
    ['s3://Bucket/x', 'a bucket is'],
    ['s3://ab', 'a bucket is'],
    ['s3://bucket:9000/x', 'neither port'],
    ['s3://id:key@bucket', 'no credentials'],
    ['s3://bucket/a//b', 'no empty parts'],
    ['s3://bucket/a%2F..', 'no empty parts'],
    ['s3://bucket/%0a', 'no control characters'],
    ['s3://bucket/100%', 'two hexadecimal digits'],
    [`s3://bucket/${'a'.repeat(901)}`, 'at most 900 bytes'],
    ['s3://bucket?endpoint=host:9000', 'endpoint is http'],
    ['s3://bucket?endpoint=http://host/path', 'endpoint is http'],
    ['s3://bucket?endpoint=http://id:key@host', 'without credentials'],
    ['s3://bucket?region=', 'region is'],
    ['s3://bucket?forcePathStyle=yes', 'forcePathStyle is'],
    ['s3://bucket?accessKeyId=x', 'after the ?'],
    ['s3://bucket?region=a&region=b', 'after the ?'],
  ])('is refused as %s', (url, why) => {
    expect(() => parseStoreUrl(url)).toThrow(why);
    expect(() => parseStoreUrl(url)).toThrow('as s3://bucket/prefix');
  });
});
