/** The API's description, OpenAPI 3.1, made from the table of routes: nothing of it is written down twice. */
import { type ErrorCode, Problem } from '../shared/errors.ts';
import { packageVersion } from '../shared/package-root.ts';
import { JSON_TYPE } from './negotiate.ts';
import { NAMED_ANSWERS, NAMED_REQUESTS } from './openapi-names.ts';
import { componentPath, type Described, describeSchemas, type JsonSchema } from './openapi-schemas.ts';
import { NoContent, type Route, roleOf, TAGS } from './route.ts';
import { EVENT_STREAM } from './sse.ts';

export interface OpenApi {
  openapi: '3.1.1';
  info: JsonSchema;
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, JsonSchema>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, JsonSchema> };
}

const TAG_TEXTS: Record<(typeof TAGS)[number], string> = {
  jobs: 'Submit jobs, look at them, cancel, retry and delete them.',
  events:
    'Server-Sent Events: what happens to jobs, as it happens. After a broken connection, `Last-Event-ID` goes on.',
  results: 'What jobs have come to: metrics, checkpoints, evaluations; and what checkpoints make of pictures.',
  workers: 'Who takes jobs.',
  access: 'Who asks, and what they did.',
  health: 'For load balancers and operators.',
};

const PROBLEM_TYPE = 'application/problem+json';

export function createOpenApi(routes: readonly Route[]): OpenApi {
  const sent = routes.flatMap(({ params, query, requestHeaders, body }) =>
    [params, query, requestHeaders, body].filter((schema) => schema !== undefined),
  );
  const answered = routes
    .flatMap(({ answers, events }) => [...Object.values(answers), events])
    .filter((schema) => schema !== undefined)
    .filter((schema) => schema !== NoContent);
  const requests = describeSchemas('input', NAMED_REQUESTS, sent);
  const answers = describeSchemas('output', { ...NAMED_ANSWERS, Problem }, answered);

  const paths: OpenApi['paths'] = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, requests, answers) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Trainyard',
      version: packageVersion(),
      summary: 'A distributed job queue that trains and evaluates LeNet-5',
      description: 'Every error is an `application/problem+json` (RFC 9457) with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }, { session: [] }],
    tags: TAGS.map((name) => ({ name, description: TAG_TEXTS[name] })),
    paths,
    components: {
      schemas: byName({ ...requests.components, ...answers.components }),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, `ty_…`. An API on a loopback address may have none; then nobody needs one.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-trainyard',
          description:
            'What a browser gets at `/login` for a key; without https the cookie is `trainyard`. Requests that change ' +
            'something send the value of the cookie `XSRF-TOKEN` as `X-XSRF-TOKEN` too.',
        },
      },
    },
  };
}

function operationOf(route: Route, requests: Described, answers: Described): JsonSchema {
  const { operationId, tag, summary, body, bodyExamples } = route;
  const role = roleOf(route);
  const parameters = [
    ...parametersOf('path', requests.of(route.params)),
    ...parametersOf('query', requests.of(route.query)),
    ...(route.requestHeaders ? parametersOf('header', requests.of(route.requestHeaders)) : []),
  ];
  return {
    operationId,
    tags: [tag],
    summary,
    description: [route.description, ROLE_TEXTS[role]].filter(Boolean).join('\n\n'),
    ...(role === 'anyone' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: jsonContent(requests.of(body), bodyExamples) } } : {}),
    responses: { ...successesOf(route, answers), ...problemsOf(route, answers) },
  };
}

const ROLE_TEXTS = {
  anyone: 'For anyone, without a key.',
  viewer: 'For every role.',
  submitter: 'For the roles `submitter` and `admin`.',
  admin: 'For the role `admin`.',
};

function parametersOf(where: 'path' | 'query' | 'header', schema: JsonSchema): JsonSchema[] {
  const required = (schema.required ?? []) as string[];
  return Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(
    ([name, { description, ...field }]) => ({
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: field,
    }),
  );
}

function successesOf(route: Route, answers: Described): Record<string, JsonSchema> {
  const { files = [], events } = route;
  const others = {
    ...Object.fromEntries(files.map((type) => [type, {}])),
    // The schema is that of the data of one event.
    ...(events ? { [EVENT_STREAM]: { schema: answers.of(events) } } : {}),
  };
  const statuses = new Set([...Object.keys(route.answers), ...(Object.keys(others).length > 0 ? ['200'] : [])]);
  const responses = [...statuses].map((status) => {
    const schema = route.answers[Number(status) as keyof Route['answers']];
    const content = {
      ...(schema === undefined || schema === NoContent ? {} : jsonContent(answers.of(schema))),
      ...(status === '200' ? others : {}),
    };
    const headers = Object.entries(route.answerHeaders?.[Number(status)] ?? {});
    return [
      status,
      {
        description: ANSWER_TEXTS[status] ?? 'Done.',
        ...(headers.length > 0 ? { headers: Object.fromEntries(headers.map(headerOf)) } : {}),
        ...(Object.keys(content).length > 0 ? { content } : {}),
      },
    ];
  });
  const notModified = route.files ? { 304: { description: 'The file is the one that the client has already.' } } : {};
  return { ...Object.fromEntries(responses), ...notModified };
}

const ANSWER_TEXTS: Record<string, string> = {
  200: 'As asked for.',
  202: 'Accepted; what follows happens in its own time.',
  204: 'Done; there is nothing more to say.',
  207: 'Each item has a status of its own.',
  503: 'Not at the moment.',
};

function headerOf([name, description]: [string, string]): [string, JsonSchema] {
  return [name, { description, schema: { type: 'string' } }];
}

function problemsOf(route: Route, answers: Described): Record<string, JsonSchema> {
  const own = Object.entries(route.problems ?? {}) as [string, readonly ErrorCode[]][];
  const codes = new Map<string, ErrorCode[]>();
  for (const [status, some] of [...commonProblems(route), ...own]) {
    codes.set(status, [...new Set([...(codes.get(status) ?? []), ...some])]);
  }
  const responses = [...codes].map(([status, some]): [string, JsonSchema] => {
    const known = route.answers[Number(status) as keyof Route['answers']];
    const narrowed = { allOf: [{ $ref: componentPath('Problem') }, { properties: { code: { enum: some } } }] };
    return [
      status,
      {
        description: some.map((code) => `\`${code}\``).join(', '),
        ...(['429', '503'].includes(status) ? { headers: Object.fromEntries([headerOf(RETRY_AFTER)]) } : {}),
        content: { ...(known ? jsonContent(answers.of(known)) : {}), [PROBLEM_TYPE]: { schema: narrowed } },
      },
    ];
  });
  return Object.fromEntries(responses);
}

const RETRY_AFTER: [string, string] = ['Retry-After', 'Seconds after which to ask again.'];

/** Those that every route of the kind can have. */
export function commonProblems(route: Route): [string, readonly ErrorCode[]][] {
  const { path, body, events } = route;
  const ofRole: [string, readonly ErrorCode[]][] = [
    ['401', ['not-authenticated']],
    ['403', ['role-not-allowed', 'forgery-suspected']],
    ['429', ['rate-limited']],
  ];
  const ofBody: [string, readonly ErrorCode[]][] = [
    ['400', ['malformed-json', 'malformed-request']],
    ['413', ['body-too-large']],
    ['415', ['unsupported-media-type']],
  ];
  const ofStream: [string, readonly ErrorCode[]][] = [
    ['429', ['too-many-streams']],
    ['503', ['too-many-streams']],
  ];
  return [
    ...(body ? ofBody : []),
    ...(roleOf(route) === 'anyone' ? [] : ofRole),
    ...(events ? ofStream : []),
    ['403', ['host-not-allowed', 'proxy-without-keys']],
    ['422', ['validation-failed']],
    ['500', ['internal']],
    // What is not versioned is for probes, which hear of Redis in other words.
    ...(path.startsWith('/v1/') ? ([['503', ['redis-unavailable']]] as [string, readonly ErrorCode[]][]) : []),
  ];
}

function jsonContent(schema: JsonSchema, examples?: Route['bodyExamples']): JsonSchema {
  return { [JSON_TYPE]: { schema, ...(examples ? { examples } : {}) } };
}

function byName(schemas: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}
