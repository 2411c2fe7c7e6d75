/** What a user may submit, as JSON Schema: made when the dashboard is bundled, so that its form needs no zod. */
import type { Plugin } from 'vite';
import { z } from 'zod';
import { JobRequest } from '../../../shared/jobs.ts';

const NAME = 'virtual:job-schema';
const RESOLVED = `\0${NAME}`;

export function formSchemaOf(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input' });
}

/** `import schema from 'virtual:job-schema'` (job-schema.d.ts). */
export function jobSchemaPlugin(): Plugin {
  return {
    name: 'job-schema',
    resolveId: (id) => (id === NAME ? RESOLVED : null),
    load: (id) => (id === RESOLVED ? `export default ${JSON.stringify(formSchemaOf(JobRequest))}` : null),
  };
}
