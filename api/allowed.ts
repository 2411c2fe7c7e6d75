/** What a schema allows, in words for the user who sent something else: made from the schema, so it cannot be out of date. */
import { z } from 'zod';

/** The part of JSON Schema that our schemas come out as. */
export interface Described {
  /** Words of the schema's own: `.meta({ allowed })`. */
  allowed?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Described[];
  oneOf?: Described[];
  allOf?: Described[];
  properties?: Record<string, Described>;
  items?: Described;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

const cache = new WeakMap<z.ZodType, Described>();

/** A schema's input as JSON Schema. */
export function describedOf(schema: z.ZodType): Described {
  const known = cache.get(schema);
  if (known) return known;
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described;
  cache.set(schema, described);
  return described;
}

/** The schema of the field at a path; of several alternatives, the one that the input is nearest to. */
export function describedAt(root: Described, path: readonly PropertyKey[], input: unknown): Described | null {
  let here: Described | null = root;
  let value = input;
  for (const key of path) {
    here = here && stepInto(here, key, value);
    value = memberOf(value, key);
  }
  return here;
}

function stepInto(described: Described, key: PropertyKey, value: unknown): Described | null {
  if (typeof key === 'number') return alternatives(described).find(({ items }) => items)?.items ?? null;
  const having = alternatives(described).filter(({ properties }) => properties && Object.hasOwn(properties, key));
  const fields = having.map(({ properties }) => properties?.[String(key)] as Described);
  // The field that tells the alternatives apart may hold what any of them says.
  if (fields.length > 1 && fields.every((field) => 'const' in field)) return { anyOf: fields };
  const nearest = having.findIndex((alternative) => saysSo(alternative, value));
  return fields[Math.max(nearest, 0)] ?? null;
}

/** Whether the constants of an alternative (`kind`, `type`) are those of the value. */
function saysSo({ properties = {} }: Described, value: unknown): boolean {
  return Object.entries(properties).every(
    ([name, field]) => !('const' in field) || memberOf(value, name) === field.const,
  );
}

export function memberOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}

/** Also those of alternatives: a body is one of several jobs, or a list. */
function alternatives(described: Described): Described[] {
  // All of several apply at once where a check stands beside a schema: the first is the schema.
  const own = described.anyOf ?? described.oneOf ?? described.allOf?.slice(0, 1);
  return own?.flatMap(alternatives) ?? [described];
}

/** Names of the fields that an object may have. */
export function fieldNames(described: Described | null, value: unknown): string[] {
  const having = described ? alternatives(described).filter(({ properties }) => properties) : [];
  return Object.keys((having.find((alternative) => saysSo(alternative, value)) ?? having[0])?.properties ?? {});
}

/** As in "a whole number from 1 to 1000". */
export function inWords(described: Described): string {
  if (described.allowed !== undefined) return described.allowed;
  if ('const' in described) return word(described.const);
  if (described.enum) return orList(described.enum.map(word));
  if (described.anyOf ?? described.oneOf ?? described.allOf)
    return orList([...new Set(alternatives(described).map(inWords))]);
  switch (described.type) {
    case 'integer':
      return `a whole number${range(described)}`;
    case 'number':
      return `a number${range(described)}`;
    case 'string':
      return `text${count(described.minLength, described.maxLength, 'characters')}`;
    case 'array':
      return `a list${count(described.minItems, described.maxItems, 'items')}${each(described.items)}`;
    case 'object':
      return `an object with ${Object.keys(described.properties ?? {}).join(', ')}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    default:
      return 'another value';
  }
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function orList(words: string[]): string {
  const last = words.at(-1) ?? '';
  if (words.length < 2) return last;
  // "all, or a whole number from 1", but "bilinear or pad"
  const comma = words.some((one) => one.includes(' ')) || words.length > 2 ? ',' : '';
  return `${words.slice(0, -1).join(', ')}${comma} or ${last}`;
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Described): string {
  // zod writes the bounds of exact integers where a schema sets none
  const low = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const high = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  const bounds = [
    low !== undefined && `of at least ${low}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    high !== undefined && `at most ${high}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
  ].filter((bound) => bound !== false);
  return bounds.length > 0 ? ` ${bounds.join(' and ')}` : '';
}

function count(low: number | undefined, high: number | undefined, what: string): string {
  if (low !== undefined && high !== undefined) return ` of ${low} to ${high} ${what}`;
  if (high !== undefined) return ` of at most ${high} ${what}`;
  return low === undefined ? '' : ` of at least ${low} ${what}`;
}

function each(items: Described | undefined): string {
  return items ? `, each ${inWords(items)}` : '';
}
