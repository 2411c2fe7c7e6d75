/**
 * What a route is: one entry of the table in routes.ts. Everything about it is data, so that validation, answers
 * and whatever describes the API come from the same entry.
 */
import type { ServerResponse } from 'node:http';
import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { CheckpointStore } from '../shared/checkpoints/store.ts';
import type { ErrorCode } from '../shared/errors.ts';
import type { JobControl } from '../shared/job-control.ts';
import type { JobStore } from '../shared/job-store.ts';
import type { Logger } from '../shared/process.ts';
import type { Queues } from '../shared/queues.ts';
import type { SlotsPerWorker } from '../shared/slots-per-worker.ts';
import type { Access } from './access/access.ts';
import type { Audit, AuditAction, Deed } from './access/audit.ts';
import type { Caller } from './access/caller.ts';
import type { Role } from './access/roles.ts';
import type { ApiMetrics } from './api-metrics.ts';
import type { Classifiers } from './classifiers.ts';
import type { DatasetImages } from './dataset-images.ts';
import type { EventHub } from './event-hub.ts';
import type { FailureLog } from './failure-log.ts';
import type { JobViews } from './job-view.ts';
import type { PngReader } from './png/reader.ts';
import type { ReadinessCheck } from './readiness.ts';

/** What the API works with. */
export interface ApiDeps {
  redis: Redis;
  queues: Queues;
  store: JobStore;
  control: JobControl;
  views: JobViews;
  checkpoints: CheckpointStore;
  checkReadiness: ReadinessCheck;
  events: EventHub;
  logger: Logger;
  logFailure: FailureLog;
  registry: Registry;
  metrics: ApiMetrics;
  access: Access;
  audit: Audit;
  /** Between clients and us, whose word for the client's address is taken. */
  proxies: number;
  classifiers: Classifiers;
  pngs: PngReader;
  datasetImages: DatasetImages;
  /** Jobs of each queue that one worker runs at once. */
  slotsPerWorker: SlotsPerWorker;
  /** Whether this deployment trains on GPUs. */
  gpuTraining: boolean;
}

export interface RouteRequest<Params = unknown, Query = unknown, Body = unknown> {
  params: Params;
  query: Query;
  body: Body;
  caller: Caller;
  /** For what is logged on its behalf. */
  requestId: string;
  /** A header of the request; undefined if it was not sent. */
  header(name: string): string | undefined;
  /** The one of these media types that the client likes best; null if it takes none of them. */
  accepts(types: readonly string[]): string | null;
}

export type Method = 'get' | 'post' | 'delete';

/** Sections of the API's description. */
export const TAGS = ['jobs', 'events', 'results', 'workers', 'access', 'health'] as const;
export type Tag = (typeof TAGS)[number];

/** Status → schema of the body. */
export type Answers = Partial<Record<200 | 202 | 204 | 207 | 503, z.ZodType>>;

export type Answer<A extends Answers> = {
  [Status in keyof A & number]: {
    status: Status;
    body: A[Status] extends z.ZodType ? z.output<A[Status]> : never;
    headers?: Record<string, string>;
    /** For the audit, which the body does not tell: the jobs that this request made or changed. */
    changed?: readonly string[];
  };
}[keyof A & number];

/** An answer of whatever route. */
export type Answered = Answer<Answers>;

/** A file instead of JSON. */
export interface Download {
  file: {
    type: string;
    /** To save it under; null for what is shown where it is asked for. */
    name: string | null;
    bytes: Uint8Array;
    sha256: string;
  };
  headers?: Record<string, string>;
}

/** Server-Sent Events instead of JSON: `follow` writes them until either side ends the response. */
export interface EventStream {
  follow(response: ServerResponse): void;
}

export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
  A extends Answers = Answers,
> {
  method: Method;
  /** As OpenAPI writes it: `/v1/jobs/{id}`. */
  path: string;
  /** Its name in the OpenAPI document, unique. */
  operationId: string;
  tag: Tag;
  summary: string;
  /** What the summary leaves out, as Markdown. */
  description?: string;
  /** Who may ask; unless said, viewers to GET and submitters to change something. */
  role?: Role | 'anyone';
  params: Params;
  query: Query;
  /** Absent: the body is not read. */
  body?: Body;
  /**
   * What the audit calls it, and what is done to which jobs, by the answer (undefined if it fails, which is the outcome
   * then); null: nothing is done. Absent: it changes nothing.
   */
  audited?: {
    action: AuditAction;
    deedOf(request: RouteRequest, answer: Answered | undefined): (Pick<Deed, 'jobIds'> & Partial<Deed>) | null;
  };
  /** Headers that it heeds, by their names; checked, and read with `header(name)`. */
  requestHeaders?: z.ZodObject;
  /** Name → what one might send. */
  bodyExamples?: Record<string, { summary: string; value: unknown }>;
  /** Largest body in bytes, after decompression; 1 MB unless said. */
  bodyLimit?: number;
  answers: A;
  /** Status → header → what it says. */
  answerHeaders?: Partial<Record<number, Record<string, string>>>;
  /** Status → codes of the errors of its own; those that every route of its kind can have are in openapi.ts. */
  problems?: Partial<Record<number, readonly ErrorCode[]>>;
  /** Media types of which it can answer 200 with a file. */
  files?: readonly string[];
  /** The data of its events, where it answers 200 with a stream of them. */
  events?: z.ZodType;
  handler(
    request: RouteRequest<z.output<Params>, z.output<Query>, Body extends z.ZodType ? z.output<Body> : undefined>,
    deps: ApiDeps,
  ): Promise<Answer<A> | Download | EventStream>;
}

export function roleOf({ role, method }: Pick<Route, 'role' | 'method'>): Role | 'anyone' {
  return role ?? (method === 'get' ? 'viewer' : 'submitter');
}

/** The body of an answer without one. */
export const NoContent = z.undefined();

const Nothing = z.strictObject({});
type Nothing = typeof Nothing;

/** A route whose handler's request and answer have the types of its schemas; without params and query, there are none. */
export function defineRoute<
  const A extends Answers,
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType | undefined = undefined,
>(route: Omit<Route<Params, Query, Body, A>, 'params' | 'query'> & { params?: Params; query?: Query }): Route {
  return { params: Nothing, query: Nothing, ...route } as unknown as Route;
}
