/** Turns zod schemas into JSON Schema as OpenAPI 3.1 wants it: those with a name become components, others stand inline. */
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

export interface Described {
  /** By name: for `#/components/schemas`. */
  components: Record<string, JsonSchema>;
  /** A reference to the component, or the schema itself. */
  of(schema: z.ZodType): JsonSchema;
}

export const componentPath = (name: string) => `#/components/schemas/${name}`;

/**
 * @param io `input`: as a client sends it, `output`: as we answer
 * @param named whatever of these is used becomes a component
 * @param used the schemas that will be asked for
 */
export function describeSchemas(
  io: 'input' | 'output',
  named: Record<string, z.ZodType>,
  used: readonly z.ZodType[],
): Described {
  const registry = z.registry<{ id: string }>();
  const names = new Map(Object.entries(named).map(([name, schema]) => [schema, name]));
  const inline = [...new Set(used)].filter((schema) => !names.has(schema));
  for (const [schema, name] of names) registry.add(schema, { id: name });
  for (const [i, schema] of inline.entries()) registry.add(schema, { id: inlineId(i) });

  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: componentPath,
    override: ({ jsonSchema, zodSchema }) => {
      tidy(jsonSchema as JsonSchema);
      if (io === 'input' && hasDefaultOption(zodSchema)) sayAnyOf(jsonSchema as JsonSchema);
    },
  }) as { schemas: Record<string, JsonSchema> };
  const found = Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema] as const);
  const byId = new Map(found);

  return {
    components: Object.fromEntries(found.filter(([id]) => id in named)),
    of(schema) {
      const name = names.get(schema);
      if (name !== undefined) return { $ref: componentPath(name) };
      const described = byId.get(inlineId(inline.indexOf(schema)));
      if (described === undefined) throw new Error('a schema of a route was not described');
      return described;
    },
  };
}

const inlineId = (index: number) => `inline-${index}`;

/** Takes out what is for our own error messages, and what zod writes where there is nothing to say. */
function tidy(schema: JsonSchema): void {
  delete schema.allowed;
  // of a number in a query, which zod reads as text
  if (schema.type === 'integer' && typeof schema.default === 'string') schema.default = Number(schema.default);
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  // zod's own pattern of a date is 400 characters that say no more than the format
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Whether what tells the alternatives apart may be left out. */
function hasDefaultOption(schema: z.core.$ZodType): boolean {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return false;
  return schema._zod.propValues?.[schema.def.discriminator]?.has(undefined) ?? false;
}

/** `oneOf` is for alternatives of which each must say which it is. */
function sayAnyOf(schema: JsonSchema): void {
  schema.anyOf = schema.oneOf;
  delete schema.oneOf;
}
