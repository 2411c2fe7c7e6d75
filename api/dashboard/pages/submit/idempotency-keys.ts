/** One Idempotency-Key for each body of a form: whatever is sent twice, by a double click or after a lost answer, is one job. */
export function createIdempotencyKeys(): (body: object) => string {
  const keys = new Map<string, string>();
  return (body) => {
    const text = JSON.stringify(body);
    const key = keys.get(text) ?? randomKey();
    keys.set(text, key);
    return key;
  };
}

/** Not `crypto.randomUUID()`, which pages over plain HTTP do not have. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
