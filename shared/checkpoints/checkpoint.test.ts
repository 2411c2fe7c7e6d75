import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { CheckpointName, checkpointName, parseCheckpointName } from './name.ts';
import { DamagedCheckpoint, decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { sampleCheckpoint, sampleFile } from './testing/sample.ts';

describe('a checkpoint file', () => {
  it('alone is enough to go on from', () => {
    const { bytes, manifest } = sampleFile(3, 20);
    const { description, tensors } = decodeCheckpoint(bytes);
    const { sha256, bytes: length, ...described } = manifest;
    expect(description).toEqual(described);
    expect(description.run).toEqual(sampleCheckpoint(3, 20).run);
    expect([...tensors]).toEqual([...sampleCheckpoint(3, 20).state]);
    expect(length).toBe(bytes.length);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('whose parameters were exchanged is found damaged, even where its manifest agrees', () => {
    const { bytes, manifest } = sampleFile();
    const { tensors, metadata } = decodeSafetensors(bytes);
    const bias = tensors.get('fc.bias');
    if (bias) bias.data[0] = 99;
    expect(() => decodeCheckpoint(encodeSafetensors(tensors, metadata))).toThrow(/the parameters have SHA-256/);
    expect(() => verifyCheckpoint(encodeSafetensors(tensors, metadata), manifest)).toThrow(DamagedCheckpoint);
  });

  it('of another program is refused', () => {
    expect(() => decodeCheckpoint(encodeSafetensors(new Map(), {}))).toThrow('no metadata under trainyard');
    const { tensors } = decodeSafetensors(sampleFile().bytes);
    const foreign = encodeSafetensors(tensors, { trainyard: '{"format":2}' });
    expect(() => decodeCheckpoint(foreign)).toThrow('the metadata under trainyard is not valid');
  });
});

describe('checkpoint names', () => {
  it.each([
    [{ epoch: 7, step: 1200 }, 3, 'e0007-s01200-a003'],
    [{ epoch: 0, step: 0 }, 0, 'e0000-s00000-a000'],
    [{ epoch: 12_345, step: 678_901 }, 1234, 'e12345-s678901-a1234'],
  ])('of %j, attempt %i: %s', (cursor, attempt, name) => {
    expect(checkpointName(cursor, attempt)).toBe(name);
    expect(parseCheckpointName(CheckpointName.parse(name))).toEqual({ cursor, attempt });
  });
});
