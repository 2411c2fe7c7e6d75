/** The fields of the form, made from the JSON Schema of what the API takes: names, types, limits, defaults, help. */
import { formatFieldName } from '../../format.ts';

/** The part of JSON Schema that our schemas come out as. */
export interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  description?: string;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

interface Common {
  /** As the API names it in a fault: `spec.optimizer.learningRate`. */
  path: string;
  /** In the object that holds it. */
  name: string;
  label: string;
  hint: string;
  isRequired: boolean;
  /** Whether null may be sent: by leaving it empty or switching it off. */
  isNullable: boolean;
  /** What the control says at first, which is what the API takes where nothing is sent. */
  initial: string;
}

export type NumberField = Common & { type: 'number'; isWhole: boolean; words: string[] } & Limits;
export type ChoiceField = Common & { type: 'choice'; options: unknown[] };
export type GroupField = Common & {
  type: 'group';
  fields: Field[];
  /** On or off; otherwise it is always there. */
  isSwitch: boolean;
  /** It names another job's checkpoint. */
  isReference: boolean;
};
/** An object that is one of several, told apart by one of its members (`by`). */
export type VariantField = Common & { type: 'variant'; by: string; options: Record<string, Field[]> };
export type PlainField = Common & { type: 'text' | 'flag' | 'list' | 'json' };
export type Field = PlainField | NumberField | ChoiceField | GroupField | VariantField;

interface Limits {
  minimum: number | null;
  above: number | null;
  maximum: number | null;
  below: number | null;
}

/** Beyond this are the bounds that JSON and float32 set, not the field. */
const NO_LIMIT = 1e12;

export const ON = 'on';
export const OFF = 'off';

/** The fields of each kind of job. */
export function fieldsOfKinds(schema: JsonSchema): Record<string, Field[]> {
  const kinds = (schema.oneOf ?? schema.anyOf ?? []).map((one) => [String(one.properties?.kind?.const), one] as const);
  return Object.fromEntries(kinds.map(([kind, one]) => [kind, membersOf(one, '')]));
}

function membersOf({ properties = {}, required = [] }: JsonSchema, path: string): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) =>
    // What can only be said in one way need not be asked.
    'const' in schema ? [] : [fieldOf(name, path === '' ? name : `${path}.${name}`, schema, required.includes(name))],
  );
}

function fieldOf(name: string, path: string, schema: JsonSchema, isRequired: boolean): Field {
  const alternatives = schema.anyOf ?? schema.oneOf ?? [schema];
  const others = alternatives.filter(({ type }) => type !== 'null');
  const isNullable = others.length < alternatives.length;
  const common = {
    path,
    name,
    label: formatFieldName(name),
    hint: schema.description ?? '',
    isRequired,
    isNullable,
    initial: textOfValue(schema.default),
  };
  const only = others.length === 1 ? others[0] : undefined;
  if (only) return { ...common, ...shapeOf(only, schema, common) } as Field;
  return { ...common, ...(variantOf(others, schema, path) ?? numberOf(others) ?? { type: 'json' }) } as Field;
}

type Shape = Partial<Field> & { type: Field['type'] };

function shapeOf(only: JsonSchema, schema: JsonSchema, { path, isRequired, isNullable }: Common): Shape {
  if (only.properties) {
    const isSwitch = isNullable || (!isRequired && schema.default === undefined);
    return {
      type: 'group',
      fields: membersOf(only, path),
      isSwitch,
      isReference: Object.keys(only.properties).sort().join() === 'epoch,jobId',
      initial: isSwitch && (schema.default ?? null) === null ? OFF : ON,
    };
  }
  if (only.enum) return { type: 'choice', options: only.enum };
  if (only.type === 'boolean') return { type: 'flag' };
  if (only.type === 'string') return { type: 'text' };
  if (only.type === 'array' && only.items?.type === 'string') return { type: 'list' };
  return numberOf([only]) ?? { type: 'json' };
}

/** A number, or one of some words that may stand in its place: `all`, `best`. */
function numberOf(alternatives: JsonSchema[]): Shape | null {
  const [number, ...more] = alternatives.filter(({ type }) => type === 'integer' || type === 'number');
  const words = alternatives.filter((one) => one !== number).map((one) => one.enum ?? [one.const]);
  if (!number || more.length > 0 || words.flat().some((word) => typeof word !== 'string')) return null;
  return {
    type: 'number',
    isWhole: number.type === 'integer',
    words: words.flat() as string[],
    minimum: number.minimum ?? null,
    above: number.exclusiveMinimum ?? null,
    maximum: number.maximum !== undefined && number.maximum < NO_LIMIT ? number.maximum : null,
    below: number.exclusiveMaximum ?? null,
  };
}

function variantOf(alternatives: JsonSchema[], schema: JsonSchema, path: string): Shape | null {
  const [first] = alternatives;
  const by = Object.entries(first?.properties ?? {}).find(([name]) =>
    alternatives.every(({ properties }) => properties?.[name] && 'const' in properties[name]),
  )?.[0];
  if (by === undefined) return null;
  const nameOf = ({ properties }: JsonSchema) => String(properties?.[by]?.const);
  const options = Object.fromEntries(alternatives.map((one) => [nameOf(one), membersOf(one, path)]));
  const byDefault = (schema.default as Record<string, unknown> | null | undefined)?.[by];
  const selfNamed = alternatives.find(({ properties }) => properties?.[by]?.default !== undefined);
  const isAbsent = schema.default === null || first === undefined;
  const initial = isAbsent ? OFF : byDefault === undefined ? nameOf(selfNamed ?? first) : String(byDefault);
  return { type: 'variant', by, options, initial };
}

/** A value as its control shows it. */
export function textOfValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOfValue).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** As in "1 to 1,000", where there is something to say. */
export function limitsOf({ minimum, above, maximum, below }: Limits): string {
  const [low, over, top, under] = [minimum, above, maximum, below].map((limit) =>
    limit?.toLocaleString('en-US').replace('-', '−'),
  );
  if (low !== undefined && top !== undefined) return `${low} to ${top}`;
  const bounds = [
    low && `at least ${low}`,
    over && `above ${over}`,
    top && `at most ${top}`,
    under && `below ${under}`,
  ];
  return bounds.filter(Boolean).join(', ');
}
