import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../shared/errors.ts';
import { packageFile } from '../shared/package-root.ts';
import { createOpenApi } from './openapi.ts';
import { routes } from './routes.ts';

const document = JSON.parse(JSON.stringify(createOpenApi(routes))) as ReturnType<typeof createOpenApi>;
// biome-ignore lint/suspicious/noExplicitAny: a test looks into the document as its readers do
const operation = (method: string, path: string): any => document.paths[path]?.[method];

describe('the OpenAPI document', () => {
  it('in docs/ is the one of the table of routes: npm run openapi writes it', () => {
    expect(JSON.parse(readFileSync(packageFile('docs/openapi.json'), 'utf8'))).toEqual(document);
  });

  it('is valid, and well-kept by a linter’s measure', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const source = JSON.stringify(document);
    const problems = await lintFromString({ source, absoluteRef: packageFile('docs/openapi.json'), config });
    const lines = problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
    expect(lines).toEqual([]);
  });

  it('has every route, each under a name of its own', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
    expect(new Set(routes.map(({ operationId }) => operationId)).size).toBe(routes.length);
  });

  it('describes requests as they are sent and answers as they are given', () => {
    const submit = operation('post', '/v1/jobs');
    const { TrainSpecInput, TrainSpec } = document.components.schemas;
    expect(TrainSpecInput).not.toHaveProperty('required');
    expect(TrainSpec?.required).toContain('epochs');
    expect(submit.responses[202].headers).toHaveProperty('Location');
    expect(submit.responses[202].content['application/json'].schema).toEqual({ $ref: '#/components/schemas/JobView' });
    expect(operation('get', '/v1/jobs').parameters).toContainEqual({
      name: 'limit',
      in: 'query',
      required: false,
      description: 'Jobs of one page at most.',
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
    const file = operation('get', '/v1/jobs/{id}/checkpoints/{checkpoint}').responses;
    expect(Object.keys(file[200].content)).toEqual(expect.arrayContaining(['application/vnd.safetensors']));
    expect(file).toHaveProperty('304');
  });

  it('says which errors a route can give', () => {
    const { responses } = operation('delete', '/v1/jobs/{id}');
    expect(responses[409].content['application/problem+json'].schema.allOf).toEqual([
      { $ref: '#/components/schemas/Problem' },
      { properties: { code: { enum: ['job-not-ended', 'job-referenced'] } } },
    ]);
    expect(responses[503].headers).toHaveProperty('Retry-After');
    expect(document.components.schemas.Problem).toMatchObject({ properties: { code: { enum: ERROR_CODES } } });
    expect(responses).not.toHaveProperty('413');
  });

  it('leaves out the words of our own error messages', () => {
    expect(JSON.stringify(document)).not.toContain('"allowed":"');
    expect(document.components.schemas.FieldFault).toHaveProperty('properties.allowed');
  });

  it('has examples that are valid', () => {
    for (const { body, bodyExamples = {} } of routes) {
      for (const { value } of Object.values(bodyExamples)) expect(body?.safeParse(value).success).toBe(true);
    }
  });
});
