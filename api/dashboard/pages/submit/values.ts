/** What is filled in, and the body that the API is sent for it: of what is as the API would have it, nothing is sent. */
import { type Field, OFF, ON, textOfValue } from './fields.ts';

/** What each control says, by path; where there is nothing, it says what it said at first. */
export type Draft = Readonly<Record<string, string>>;

type JsonObject = Record<string, unknown>;

export function textOf(field: Field, draft: Draft): string {
  return draft[field.path] ?? field.initial;
}

/** The members that a group or variant has now. */
export function membersNow(field: Field, draft: Draft): Field[] {
  if (field.type === 'variant') return field.options[textOf(field, draft)] ?? [];
  return field.type === 'group' && textOf(field, draft) === ON ? field.fields : [];
}

/** All fields that are to be seen now, at whatever depth. */
export function fieldsNow(fields: readonly Field[], draft: Draft): Field[] {
  return fields.flatMap((field) => [field, ...fieldsNow(membersNow(field, draft), draft)]);
}

/** A number switched on or emptied a moment ago, and not yet left: what is wrong with it need not be said. */
export function isBeingFilledIn(fields: readonly Field[], draft: Draft, touched: ReadonlySet<string>): boolean {
  return fieldsNow(fields, draft).some(
    (field) =>
      field.type === 'number' &&
      !field.isNullable &&
      !touched.has(field.path) &&
      textOf(field, draft).trim() === '' &&
      field.initial !== '',
  );
}

export function bodyOf(kind: string, fields: readonly Field[], draft: Draft): JsonObject {
  return { kind, ...objectOf(fields, draft) };
}

function objectOf(fields: readonly Field[], draft: Draft): JsonObject {
  const values = fields.map((field) => [field.name, valueNow(field, draft)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** @returns undefined where nothing need be sent */
function valueNow(field: Field, draft: Draft): unknown {
  const text = textOf(field, draft);
  const isInitial = text === field.initial;
  if (field.type === 'group' || field.type === 'variant') {
    if (text === OFF) return isInitial ? undefined : null;
    const members = objectOf(membersNow(field, draft), draft);
    const isEmpty = Object.keys(members).length === 0;
    if (isInitial && isEmpty && !field.isRequired) return undefined;
    return field.type === 'variant' ? { [field.by]: text, ...members } : members;
  }
  return isInitial ? undefined : parsed(field, text);
}

/** What cannot be understood is sent as it is, so that the API says what is wrong with it. */
function parsed(field: Exclude<Field, { type: 'group' | 'variant' }>, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '' && field.isNullable) return null;
  switch (field.type) {
    case 'text':
      return trimmed;
    case 'flag':
      return text === 'true';
    case 'list':
      return trimmed === '' ? [] : trimmed.split(/[\s,]+/).filter((item) => item !== '');
    case 'choice':
      return field.options.find((option) => String(option) === text);
    case 'number':
      return trimmed === '' || !Number.isFinite(Number(trimmed)) ? trimmed : Number(trimmed);
    case 'json':
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return text;
      }
    default: {
      const never: never = field;
      return never;
    }
  }
}

/** What must be filled in for a body like this one. */
export function draftOf(fields: readonly Field[], values: object): Draft {
  const texts = fields.flatMap((field) => textsOf(field, (values as JsonObject)[field.name]));
  return Object.fromEntries(texts);
}

function textsOf(field: Field, value: unknown): [string, string][] {
  if (value === undefined) return [];
  const say = (text: string): [string, string][] => (text === field.initial ? [] : [[field.path, text]]);
  if (field.type !== 'group' && field.type !== 'variant') return say(textOfValue(value));
  if (typeof value !== 'object' || value === null) return say(OFF);
  const text = field.type === 'variant' ? String((value as JsonObject)[field.by] ?? field.initial) : ON;
  const members = field.type === 'variant' ? (field.options[text] ?? []) : field.fields;
  return [...say(text), ...Object.entries(draftOf(members, value))];
}

/** Another kind of job has a spec of its own, but the same name, tags and priority. */
export function carriedOver(from: Draft, to: Draft): Draft {
  const isOfSpec = ([path]: [string, string]) => /^spec\b/.test(path);
  return Object.fromEntries([
    ...Object.entries(to).filter(isOfSpec),
    ...Object.entries(from).filter((entry) => !isOfSpec(entry)),
  ]);
}
