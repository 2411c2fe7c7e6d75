/**
 * API keys: `ty_` and 256 random bits. Only their SHA-256 is kept, in a JSON file; that is enough for a secret that
 * nobody can guess (a slow hash is for passwords, which people choose).
 */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ROLES } from './roles.ts';

const KEY = /^ty_[A-Za-z0-9_-]{43}$/;

export const KeyEntry = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
    .meta({ allowed: '1 to 100 letters, digits and . _ -' }),
  role: z.enum(ROLES),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({ allowed: 'the SHA-256 of the key: 64 hexadecimal digits' }),
});
export type KeyEntry = z.infer<typeof KeyEntry>;

export const KeyFile = z
  .strictObject({ keys: z.array(KeyEntry) })
  .refine(({ keys }) => new Set(keys.map(({ name }) => name)).size === keys.length, {
    path: ['keys'],
    message: 'names that differ',
  })
  .refine(({ keys }) => new Set(keys.map(({ sha256 }) => sha256)).size === keys.length, {
    path: ['keys'],
    message: 'keys that differ',
  });

export function newKey(): string {
  return `ty_${randomBytes(32).toString('base64url')}`;
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function looksLikeKey(text: string): boolean {
  return KEY.test(text);
}

/** @throws Error that says what is wrong with it, and shows nothing of it */
export function parseKeyFile(text: string, path: string): KeyEntry[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error(`The file of API keys, ${path}, is not JSON.`);
  }
  const parsed = KeyFile.safeParse(content);
  if (parsed.success) return parsed.data.keys;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The file of API keys, ${path}, cannot be used: ${faults.join('; ')}.`);
}
