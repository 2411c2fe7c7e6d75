/** What is wrong with a value by a JSON schema: one line per fault, none when nothing is. */
import { Ajv2019 } from '@redocly/ajv/dist/2019.js';

/** Formats that the Compose schema names; what they mean is Docker's to say. */
const FORMATS = { duration: true, ports: true, expose: true, subnet_ip_address: true } as const;

export function faultsBySchema(schema: object, value: unknown): string[] {
  const ajv = new Ajv2019({ strict: false, allErrors: true, formats: FORMATS });
  const validate = ajv.compile(withoutNames(schema));
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
}

/** The Compose schema calls itself of the draft of 2019, and names its parts by `id`, which that draft has not. */
function withoutNames(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  );
}
