/** Checks what a user sent against a schema, and says everything that is wrong with it at once. */
import type { z } from 'zod';
import { type FieldFault, HttpError } from '../shared/errors.ts';
import { beginningOf } from '../shared/secrets.ts';
import { describedAt, describedOf, fieldNames, inWords, memberOf } from './allowed.ts';

/** Faults listed in one answer, so that a hostile body of 1 MB does not come back as 50 MB. */
const FAULTS_SHOWN = 100;
const FIELDS_NAMED = 5;
const TEXT_SHOWN = 100;
const FIELDS_LET_THROUGH = 100;
const DEPTH_LOOKED_AT = 5;
const ITEMS_SHOWN = 10;
const DEPTH_SHOWN = 3;

/** The path of what was sent as a whole. */
const WHOLE = '(all)';

type Issue = z.core.$ZodIssue;

/**
 * @param what in the words of the user: `the body`, `the query`
 * @throws HttpError 422 naming every faulty field, what was found there and what is allowed
 */
export function validate<Schema extends z.ZodType>(schema: Schema, input: unknown, what: string): z.output<Schema> {
  refuseFloods(input, what);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(schema, input);
  const named = faults.slice(0, FIELDS_NAMED).map(({ field }) => field);
  const more = faults.length - named.length;
  const list = more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
  throw new HttpError(422, 'validation-failed', `${what} cannot be used, because of: ${list}`, {
    faults: faults.slice(0, FAULTS_SHOWN),
  });
}

/**
 * zod's time grows with the square of an object's unknown fields: 70,000 of them would hold up all other clients for
 * seconds. No schema here has a tenth as many fields as are let through.
 */
function refuseFloods(input: unknown, what: string): void {
  const ahead: { path: PropertyKey[]; value: object }[] = isObject(input) ? [{ path: [], value: input }] : [];
  for (let next = ahead.pop(); next; next = ahead.pop()) {
    const { path, value } = next;
    const members = Array.isArray(value) ? value.entries() : Object.entries(value);
    if (Array.isArray(members) && members.length > FIELDS_LET_THROUGH) {
      const field = fieldPath(path);
      throw new HttpError(422, 'validation-failed', `${what} cannot be used, because of: ${field}`, {
        faults: [{ field, value: shown(value), allowed: `an object of at most ${FIELDS_LET_THROUGH} fields` }],
      });
    }
    // deeper than any schema goes, nothing is looked at
    if (path.length >= DEPTH_LOOKED_AT) continue;
    for (const [key, member] of members) if (isObject(member)) ahead.push({ path: [...path, key], value: member });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Every faulty field of an input, in the order in which zod finds them; none if it is valid. */
export function faultsOf(schema: z.ZodType, input: unknown): FieldFault[] {
  const faults = issuesOf(schema, input).flatMap((issue) => faultsOfIssue(schema, input, issue));
  const byField = new Map(faults.map((fault) => [fault.field, fault]));
  return [...byField.values()];
}

/**
 * zod looks no further into an object whose `kind` or `type` is not among the known ones. Where only one is known, or
 * none was sent, the rest is checked as if that one or the likeliest had been sent, so that its faults are reported too.
 */
function issuesOf(schema: z.ZodType, input: unknown): Issue[] {
  const issues: Issue[] = [];
  let candidate = input;
  for (;;) {
    const found = (schema.safeParse(candidate).error?.issues ?? []).flatMap(ofMeantAlternative);
    issues.push(...found);
    const replaced = found.reduce((now, issue) => withLikeliestOption(schema, now, issue), candidate);
    if (replaced === candidate) return issues;
    candidate = replaced;
  }
}

/** Of alternatives of different types (an object, or a list of them), the input can only have meant its own. */
function ofMeantAlternative(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((issues) => !issues.some(isOtherType));
  if (meant.length !== 1) return [issue];
  return (meant[0] ?? []).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function isOtherType({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

/** The likeliest is the one that knows the most of the fields that were sent. */
function withLikeliestOption(schema: z.ZodType, input: unknown, issue: Issue): unknown {
  if (issue.code !== 'invalid_union' || !('options' in issue) || !issue.options?.length) return input;
  if (issue.options.length > 1 && issue.path.reduce(memberOf, input) !== undefined) return input;
  const candidates = issue.options.map((option) => replacedAt(input, issue.path, option));
  const unknown = candidates.map((candidate) => unknownFields(schema, candidate));
  return candidates[unknown.indexOf(Math.min(...unknown))];
}

function unknownFields(schema: z.ZodType, input: unknown): number {
  const issues = schema.safeParse(input).error?.issues ?? [];
  return issues.reduce((count, issue) => count + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);
}

function replacedAt(input: unknown, [key, ...rest]: readonly PropertyKey[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy: object = Array.isArray(input) ? [...input] : { ...(input as object) };
  return Object.assign(copy, { [key]: replacedAt(memberOf(input, key), rest, value) });
}

function faultsOfIssue(schema: z.ZodType, input: unknown, issue: Issue): FieldFault[] {
  const root = describedOf(schema);
  const here = describedAt(root, issue.path, input);
  const value = issue.path.reduce(memberOf, input);
  if (issue.code === 'unrecognized_keys') {
    const allowed = `no such field; allowed here: ${fieldNames(here, value).join(', ') || 'none'}`;
    return issue.keys.map((key) => ({
      field: fieldPath([...issue.path, key]),
      value: shown(memberOf(value, key)),
      allowed,
    }));
  }
  const words = issue.code === 'custom' || !here ? issue.message : inWords(here);
  const field = fieldPath(issue.path);
  if (value === undefined) return [{ field, value: undefined, allowed: `required: ${words}` }];
  return [{ field, value: shown(value), allowed: words }];
}

/** `spec.optimizer.learningRate`, `tags[2]`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  const text = path.map((key, i) => {
    if (typeof key === 'number') return `[${key}]`;
    const name = String(key);
    if (!/^[A-Za-z_$][\w$-]*$/.test(name) || name.length > TEXT_SHOWN) return `[${JSON.stringify(cut(name))}]`;
    return i === 0 ? name : `.${name}`;
  });
  return text.join('') || WHOLE;
}

/** A value as an answer repeats it: long, deep and endless ones shortened; absent where nothing was sent. */
export function shown(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cut(value);
  // JSON has no word for what `1e999` reads as
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (depth >= DEPTH_SHOWN || value.length > ITEMS_SHOWN) return `a list of ${value.length} items`;
    return value.map((item) => shown(item, depth + 1));
  }
  const entries = Object.entries(value);
  if (depth >= DEPTH_SHOWN || entries.length > ITEMS_SHOWN) return `an object of ${entries.length} fields`;
  return Object.fromEntries(entries.map(([key, member]) => [cut(key), shown(member, depth + 1)]));
}

function cut(text: string): string {
  return text.length > TEXT_SHOWN ? `${beginningOf(text, TEXT_SHOWN)}… (${text.length} characters)` : text;
}
