/**
 * bull-board: the queues as BullMQ sees them.
 *
 * The job record is the truth, so the board may change only what the record survives:
 *   pause, resume     jobs wait longer; the record does not care
 *   promote           a delayed job is taken sooner, which the record allows (delayed → active)
 *   retry, retry all  is our own retry: the record first, then BullMQ's job anew; "all" leaves out what users cancelled
 *   remove            a job that waits is cancelled, as over REST; of an ended job only BullMQ's half goes, and the
 *                     record stays until it is deleted over REST
 *   clean             completed and failed ones likewise
 * All else that changes something is refused, whatever the board's page offers: bull-board knows no switch for single
 * actions but this hook, and its page shows the message.
 */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type {
  BeforeHookResult,
  ExternalJobUrl,
  HookContext,
  QueueJob,
  QueueJobJson,
} from '@bull-board/api/typings/app';
import { ExpressAdapter } from '@bull-board/express';
import type { Job as QueuedJob } from 'bullmq';
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { messageOf } from '../shared/errors.ts';
import type { JobControl } from '../shared/job-control.ts';
import type { JobStore } from '../shared/job-store.ts';
import { JobId } from '../shared/jobs.ts';
import type { Logger } from '../shared/process.ts';
import type { YardQueue } from '../shared/queues.ts';
import { callerOf } from './access/caller.ts';
import { changesSomething } from './access/forgery.ts';
import { includesRole } from './access/roles.ts';
import { BOARD_PATH } from './board-page.ts';
import { DASHBOARD_PAGES } from './dashboard-pages.ts';
import { requestIdOf } from './observe-requests.ts';
import { toHttpError } from './problem.ts';
import type { ApiDeps } from './route.ts';
import { contentSecurityPolicy } from './security-headers.ts';

const ALLOWED = new Set([
  'put /api/queues/pause',
  'put /api/queues/resume',
  'put /api/queues/:queueName/pause',
  'put /api/queues/:queueName/resume',
  'put /api/queues/:queueName/promote',
  'put /api/queues/:queueName/:jobId/promote',
  'put /api/queues/:queueName/retry/:queueStatus',
  'put /api/queues/:queueName/:jobId/retry',
  'put /api/queues/:queueName/:jobId/clean',
]);
const CLEAN = 'put /api/queues/:queueName/clean/:queueStatus';

/** Its page sets styles by itself, and has icons as data. It asks for fonts of another site, which it does not get. */
const POLICY = contentSecurityPolicy({
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'self'",
});

/** Whoever may look sees it; to change something is for admins, and for nobody else the page offers it. */
export function createBoard(deps: ApiDeps): Router {
  const [look, change] = [deps.access.require('viewer'), deps.access.require('admin')];
  const [readOnly, whole] = [createBoardOf(deps, true), createBoardOf(deps, false)];
  return Router()
    .use((request, response, next) => (changesSomething(request) ? change : look)(request, response, next))
    .use((request, response, next) => {
      if (changesSomething(request)) noteChange(deps, request, response);
      response.set('content-security-policy', POLICY);
      if (!request.path.startsWith('/static/')) response.set('cache-control', 'no-store');
      (includesRole(callerOf(response).role, 'admin') ? whole : readOnly)(request, response, next);
    });
}

function noteChange({ audit }: ApiDeps, request: Request, response: Response): void {
  const jobIds = request.path.split('/').filter((part) => JobId.safeParse(part).success);
  const note = () => {
    // 499, as nginx has it: the client left before there was an answer, and what it asked for is done or is not.
    const status = response.headersSent ? response.statusCode : 499;
    const outcome = status < 400 ? 'done' : String(status);
    void audit.record(request, response, { action: 'board', outcome, jobIds });
  };
  if (response.closed) note();
  else response.once('close', note);
}

function createBoardOf({ queues, store, control, logger }: ApiDeps, readOnlyMode: boolean): Router {
  const serverAdapter = new ExpressAdapter().setBasePath(BOARD_PATH);
  createBullBoard({
    queues: Object.values(queues).map((queue) => new YardAdapter(queue, { store, control, readOnlyMode })),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Trainyard',
        hideDocsLink: true,
        jobDetails: { defaultTab: 'Logs' },
        miscLinks: [{ text: 'Dashboard', url: DASHBOARD_PAGES.jobs }],
      },
      handlerHooks: { before: refuseUnlessAllowed },
    },
  });
  // This one would not know the request; what it throws comes to Express's next one.
  serverAdapter.setErrorHandler((error) => {
    throw error;
  });
  return Router().use(serverAdapter.getRouter(), answerInItsForm(logger));
}

/** The job's page on the dashboard. */
function externalJobUrl({ id }: QueueJobJson): ExternalJobUrl {
  return { displayText: 'Dashboard', href: DASHBOARD_PAGES.job.replace('{id}', String(id)) };
}

/** What its page asks for: the same statuses and words as over REST, in the form that the page shows. */
function answerInItsForm(logger: Logger): ErrorRequestHandler {
  return (error: Error, request, response, next) => {
    if (!request.path.startsWith('/api/')) {
      next(error);
      return;
    }
    const { status, message } = toHttpError(error);
    if (status === 500) {
      const { stack } = error;
      const requestId = requestIdOf(response);
      logger.error({ requestId, error: messageOf(error), stack }, 'a request of the board failed');
    }
    const key = status === 503 ? 'ERRORS.REDIS_UNAVAILABLE' : 'ERRORS.INTERNAL_SERVER_ERROR';
    response.status(status).send({ error: { key }, message });
  };
}

function refuseUnlessAllowed({ method, route, request }: HookContext): BeforeHookResult {
  const action = `${method} ${route}`;
  const perPage = request.query.jobsPerPage ?? '10';
  if (!/^[1-9]\d?$|^100$/.test(String(perPage))) {
    return { allow: false, status: 400, message: 'jobsPerPage: a whole number from 1 to 100' };
  }
  if (method === 'get' || ALLOWED.has(action)) return { allow: true };
  if (action === CLEAN && ['completed', 'failed'].includes(request.params.queueStatus)) return { allow: true };
  return {
    allow: false,
    status: 403,
    message: 'Switched off here: the job record would not know of it. Use the REST API.',
  };
}

interface YardAdapterOptions {
  store: JobStore;
  control: JobControl;
  readOnlyMode: boolean;
}

/** Shows the progress ring from `{progress: 0..100}`, the logs tab from job.log, and leads changes to our records. */
class YardAdapter extends BullMQAdapter {
  readonly #store: JobStore;
  readonly #control: JobControl;

  constructor(queue: YardQueue, { store, control, readOnlyMode }: YardAdapterOptions) {
    // BullMQAdapter's type knows only the first; its base class takes both.
    const options = { readOnlyMode, allowRetries: true, allowCompletedRetries: false, externalJobUrl };
    super(queue, options);
    this.#store = store;
    this.#control = control;
  }

  override async getJob(id: string): Promise<QueuedJob | undefined> {
    // BullMQ takes any key beside its jobs for one: its own `meta` could be read, and removed.
    if (!JobId.safeParse(id).success) return undefined;
    const job = await super.getJob(id);
    return job && this.#ofRecord(job);
  }

  override async getJobs(...args: Parameters<BullMQAdapter['getJobs']>): Promise<QueuedJob[]> {
    return (await super.getJobs(...args)).map((job) => this.#sparingCancelled(this.#ofRecord(job)));
  }

  /** "Retry all" takes its jobs from a list: those that users cancelled are BullMQ-failed too, and stay cancelled. */
  #sparingCancelled(job: QueuedJob): QueuedJob {
    const retry = async () => {
      const record = (await this.#store.get(String(job.id)))?.record;
      if (record?.state === 'failed') await this.#control.retry(record.id);
    };
    return Object.assign(job, { retry });
  }

  /** The same job, but with our ways to retry and to remove it. */
  #ofRecord(job: QueuedJob): QueuedJob {
    const removeQueuedHalf = job.remove.bind(job);
    const changed: Pick<QueueJob, 'retry' | 'remove'> = {
      retry: async () => {
        await this.#control.retry(JobId.parse(job.id));
      },
      remove: async () => {
        const record = (await this.#store.get(String(job.id)))?.record;
        if (record?.state === 'waiting' || record?.state === 'delayed') await this.#control.cancel(record.id);
        else await removeQueuedHalf();
      },
    };
    return Object.assign(job, changed);
  }
}
