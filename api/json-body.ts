/** Reads a request's body as JSON, strictly: type, size, encoding and syntax each have their own answer. */
import express, { type Request, type Response } from 'express';
import { HttpError } from '../shared/errors.ts';
import { findJsonFault } from './json-fault.ts';

/** 1 MB, after decompression; a route may have another. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @returns a reader that throws HttpError 400, 413 or 415 */
export function createJsonReader(limit: number): (request: Request, response: Response) => Promise<unknown> {
  const readBytes = express.raw({ type: () => true, limit });
  return async (request, response) => {
    await new Promise<void>((resolve, reject) => {
      readBytes(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
    });
    return parseJson(request, Buffer.isBuffer(request.body) ? request.body : new Uint8Array());
  };
}

function parseJson(request: Request, bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw malformed('the body is empty; send JSON, such as {"kind": "train"}');
  if (!isJson(request)) {
    throw new HttpError(415, 'unsupported-media-type', 'send the body as content-type: application/json (UTF-8)', {
      headers: { accept: 'application/json' },
    });
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw malformed('the body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    const fault = findJsonFault(text);
    if (!fault) throw malformed('the body is not JSON');
    const { line, column, found } = fault;
    throw malformed(`the body is not JSON: unexpected ${found} at line ${line}, column ${column}`);
  }
}

/** `application/json`, `application/…+json`; UTF-8 alone (RFC 8259, section 8.1). */
function isJson(request: Request): boolean {
  const type = request.get('content-type') ?? '';
  const charset = /charset="?([^";\s]+)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  return request.is(['json', '+json']) !== false && ['utf-8', 'utf8'].includes(charset);
}

function malformed(detail: string): HttpError {
  return new HttpError(400, 'malformed-json', detail);
}
