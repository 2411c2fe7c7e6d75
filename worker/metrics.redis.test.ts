/** The metrics of a real API and real workers, after a life with all that can happen to jobs; and who asks for them. */
import { readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TrainyardClient } from '../api/client.ts';
import { openEventSource } from '../api/testing/event-source.ts';
import type { JobEvent } from '../shared/events.ts';
import { JobId } from '../shared/jobs.ts';
import { packageFile } from '../shared/package-root.ts';
import { TWELVE_STEPS } from '../shared/testing/jobs.ts';
import { until } from '../shared/testing/processes.ts';
import { type Scrape, scrape } from '../shared/testing/prometheus.ts';
import { isEpoch, isStep, SOME_SECONDS, spoilImages, trainerPid } from './testing/disturbed.ts';
import { dashboard, panels, QUERIES, rules, TARGET_LABELS } from './testing/queries.ts';
import { type Api, startApi, startApiProcess, startWorker, trainersReplaced, type Watched } from './testing/watched.ts';
import { startYard, type Yard } from './testing/yard.ts';

let yard: Yard;
let api: Api;
let otherApi: Api;
let client: TrainyardClient;
let worker: Watched;

beforeAll(async () => {
  yard = await startYard();
  await yard.redis.config('SET', 'maxmemory', '1gb');
  [api, otherApi, worker] = await Promise.all([startApi(yard), startApi(yard), startWorker(yard, 'first')]);
  client = new TrainyardClient({ baseUrl: api.url });
});
afterAll(async () => {
  for (const { process } of [api, otherApi]) process.kill('SIGKILL');
  await Promise.all([api, otherApi].map(({ process }) => process.exited));
  await yard.close();
});

const submit = async (spec: typeof TWELVE_STEPS | typeof SOME_SECONDS): Promise<JobId> =>
  JobId.parse((await client.submit({ kind: 'train', spec })).id);
const runs =
  (attempt: number) =>
  (event: JobEvent): event is JobEvent =>
    isStep(event) && event.attempt === attempt;
const status = async (url: string) => (await fetch(url)).status;

describe('the metrics of a worker', () => {
  it('tell of a job: its wait, its run, its steps, its images, its checkpoints', async () => {
    await yard.bits(await submit(TWELVE_STEPS));
    const ofJob = { queue: 'train-cpu' };
    const now = await until(
      async () => {
        const now = await scrape(worker.metrics);
        return now.value('trainyard_worker_running_jobs', ofJob) === 0 && now;
      },
      { what: 'the worker is free again' },
    );
    expect(now.type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(now.value('trainyard_build_info', { component: 'worker', node: process.versions.node })).toBe(1);
    expect(now.value('trainyard_worker_slots', ofJob)).toBe(1);
    const ofCpu = { device: 'cpu', name: cpus()[0]?.model.trim() ?? '', memory_bytes: '', driver: '', cuda: '' };
    expect(now.value('trainyard_worker_info', ofCpu)).toBe(1);
    expect(now.value('trainyard_job_wait_seconds_count', ofJob)).toBe(1);
    expect(now.value('trainyard_job_wait_seconds_sum', ofJob)).toBeLessThan(60);
    expect(now.value('trainyard_attempt_duration_seconds_count', { ...ofJob, outcome: 'completed' })).toBe(1);
    expect(now.value('trainyard_trained_images_total')).toBe(TWELVE_STEPS.epochs * TWELVE_STEPS.trainSize);
    expect(now.value('trainyard_step_duration_seconds_count')).toBeGreaterThanOrEqual(TWELVE_STEPS.epochs);
    expect(now.value('trainyard_step_duration_seconds_bucket', { le: '1' })).toBeGreaterThan(0);
    const saved = now.value('trainyard_checkpoint_store_duration_seconds_count', { operation: 'put' });
    expect(saved).toBeGreaterThanOrEqual(1);
    expect(now.value('trainyard_checkpoint_store_errors_total', { operation: 'put' })).toBe(0);
    expect(now.value('trainyard_trainer_restarts_total')).toBe(0);
    expect(now.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });

  it('are served beside probes, by which a worker is ready while it takes jobs', async () => {
    expect(await status(`${worker.metrics}/healthz`)).toBe(200);
    expect(await (await fetch(`${worker.metrics}/readyz`)).json()).toEqual({ ok: true, why: null, dropped: [] });
    expect(await status(`${worker.metrics}/v1/jobs`)).toBe(404);
    expect((await fetch(`${worker.metrics}/metrics`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${worker.metrics}/metrics`, { method: 'HEAD' })).status).toBe(200);
    expect(await status(`${api.metrics}/healthz`)).toBe(200);
    expect(await status(`${api.metrics}/readyz`), 'that of the API is on its own port').toBe(404);
  });

  it('keep a process from starting where their port is taken, with a line that says so', async () => {
    const child = startApiProcess(yard, { METRICS_PORT: new URL(worker.metrics).port });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output()).toMatch(
      /The metrics cannot be served at METRICS_HOST 127.0.0.1, METRICS_PORT \d+: .*EADDRINUSE/,
    );
  });

  it('belong to a worker that is not ready while it has no trainer', async () => {
    const images = spoilImages(yard);
    const unready = yard.startWorker('unready', { METRICS_PORT: '0' });
    const said = /"url":"(http:[^"]+)"[^\n]*the metrics are served/;
    const [, url] = await until(() => said.exec(unready.output()), { what: 'it serves its metrics' });
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      ok: false,
      why: expect.stringMatching(/^none of its trainers is ready/),
      dropped: [],
    });
    unready.kill('SIGTERM');
    await unready.exited;
    rmSync(images, { recursive: true });
  });
});

describe('the metrics of the API', () => {
  it('count what happens to jobs for the whole yard, also what only a process that is gone could tell', async () => {
    const id = await submit(SOME_SECONDS);
    await yard.event(id, isEpoch(1));
    // The trainer for evaluations may have found the images spoiled above.
    const before = await trainersReplaced(worker);
    process.kill(await trainerPid(yard), 'SIGKILL');
    await yard.reached(id, 'delayed');
    await until(async () => (await trainersReplaced(worker)) > before, { what: 'the worker counts its trainer' });

    await yard.event(id, runs(2));
    worker.process.kill('SIGTERM');
    await worker.process.exited;
    const second = await startWorker(yard, 'second');
    await yard.event(id, runs(3));
    second.process.kill('SIGKILL');
    await second.process.exited;
    await yard.lockRunsOut(id);
    worker = await startWorker(yard, 'third');
    await yard.bits(id);

    const cancelled = await submit(SOME_SECONDS);
    await client.cancel(cancelled);
    await yard.reached(cancelled, 'cancelled');
    await client.retry(cancelled);
    await yard.reached(cancelled, 'completed');

    const now = await scrape(api.metrics);
    expect(now.by('trainyard_jobs', 'state')).toEqual({
      ...{ waiting: 0, delayed: 0, active: 0, completed: 3, failed: 0, cancelled: 0 },
    });
    expect(now.value('trainyard_jobs_submitted_total')).toBe(3);
    expect(now.by('trainyard_jobs_ended_total', 'state')).toEqual({ completed: 3, failed: 0, cancelled: 1 });
    const outcomes = now.by('trainyard_attempts_ended_total', 'outcome');
    expect(outcomes).toMatchObject({ completed: 3, failed: 1, 'given-back': 1, 'worker-lost': 1 });
    expect(now.by('trainyard_job_retries_total', 'reason')).toEqual({ failure: 1, user: 1 });
    expect(now.value('trainyard_redis_up')).toBe(1);
    // the one that was killed counts until it has been silent for a while
    const workers = async () => (await scrape(api.metrics)).value('trainyard_queue_workers', { queue: 'train-cpu' });
    await until(async () => (await workers()) === 1, { what: 'one worker is left' });
  });

  it('tell how long queues are, and how many workers they could use', async () => {
    const [running, waiting] = [await submit(SOME_SECONDS), await submit(SOME_SECONDS)];
    await yard.event(running, isStep);
    const now = await scrape(api.metrics);
    expect(now.by('trainyard_queue_jobs', 'state', { queue: 'train-cpu' })).toEqual({
      ...{ waiting: 1, active: 1, delayed: 0 },
    });
    expect(now.value('trainyard_queue_desired_workers', { queue: 'train-cpu' })).toBe(2);
    expect(now.value('trainyard_queue_oldest_waiting_seconds', { queue: 'train-cpu' })).toBeGreaterThan(0);
    expect((await scrape(worker.metrics)).value('trainyard_worker_running_jobs', { queue: 'train-cpu' })).toBe(1);
    for (const id of [waiting, running]) await client.cancel(id);
    await Promise.all([waiting, running].map((id) => yard.reached(id, 'cancelled')));
    // BullMQ's half follows the record's.
    await until(async () => (await client.queueStats('train-cpu')).active === 0, { what: 'the queue is empty' });
  });

  it('are the same on every replica, where they are those of the yard', async () => {
    const ofYard = ({ samples }: Scrape) =>
      samples.filter(({ name }) => /^trainyard_(jobs|queue|attempts|job_)/.test(name));
    const one = ofYard(await scrape(api.metrics));
    expect(one.length).toBeGreaterThan(20);
    expect(ofYard(await scrape(otherApi.metrics))).toEqual(one);
  });

  it('time requests by route, method and class of status, and count those who follow event streams', async () => {
    await client.get('none').catch(() => {});
    const stream = await openEventSource(`${api.url}/v1/events`);
    const ofRequests = (now: Scrape, route: string, method: string, status: string) =>
      now.sum('trainyard_http_request_duration_seconds_count', { route, method, status });
    const now = await until(
      async () => {
        const now = await scrape(api.metrics);
        return now.value('trainyard_sse_clients', { stream: 'all' }) === 1 && now;
      },
      { what: 'the client of the stream is counted' },
    );
    expect(now.value('trainyard_sse_clients', { stream: 'job' })).toBe(0);
    expect(ofRequests(now, '/v1/jobs', 'POST', '2xx')).toBe(5);
    expect(ofRequests(now, '/v1/jobs/{id}', 'GET', '4xx')).toBe(1);
    expect(ofRequests(now, '/v1/jobs/{id}/retry', 'POST', '2xx')).toBe(1);
    stream.close();
    await until(async () => (await scrape(api.metrics)).value('trainyard_sse_clients', { stream: 'all' }) === 0, {
      what: 'the stream is closed',
    });
    expect(ofRequests(await scrape(api.metrics), '/v1/events', 'GET', '2xx'), 'a stream is no slow request').toBe(0);
  });
});

describe('the files for Prometheus and Grafana', () => {
  it('ask for metrics that there are, by labels that they have, with values that occur', async () => {
    const samples = [...(await scrape(api.metrics)).samples, ...(await scrape(worker.metrics)).samples];
    for (const { where, asks } of QUERIES) {
      expect(asks, where).not.toEqual([]);
      for (const { metric, labels } of asks) {
        const ofMetric = samples.filter(({ name }) => name === metric);
        expect(ofMetric, `${where}: ${metric}`).not.toEqual([]);
        for (const [label, values] of labels) {
          if (TARGET_LABELS.includes(label)) continue;
          const occurring = ofMetric.map((sample) => sample.labels[label]);
          expect(occurring, `${where}: ${metric} by ${label}`).not.toContain(undefined);
          expect(occurring, `${where}: ${metric} by ${label}`).toEqual(expect.arrayContaining(values));
        }
      }
    }
  });

  it('show labels that their answers have', () => {
    for (const { where, shown, answered } of QUERIES) {
      for (const label of shown) expect(answered ?? TARGET_LABELS, where).toContain(label);
    }
    const all = QUERIES.flatMap(({ shown }) => shown);
    expect(new Set(all).size, 'labels are found at all').toBeGreaterThan(8);
  });

  it('watch for what is to wake somebody, and leave no metric of ours unseen', async () => {
    expect([...new Set(rules.map(({ alert }) => alert))]).toEqual([
      'TrainyardOldestWaiting',
      'TrainyardNoWorkers',
      'TrainyardQueueDropped',
      'TrainyardFailureRatio',
      'TrainyardStoreErrors',
      'TrainyardRedisFull',
      'TrainyardRedisAway',
    ]);
    const shown = JSON.stringify(panels);
    const ours = [...(await scrape(api.metrics)).names, ...(await scrape(worker.metrics)).names]
      .filter((name) => name.startsWith('trainyard_'))
      .map((name) => name.replace(/_(sum|count|bucket)$/, ''));
    for (const name of new Set(ours)) expect(shown).toContain(name);
  });

  it('find each other where they are mounted', () => {
    const prometheus = parse(readFileSync(packageFile('deploy/prometheus/prometheus.yml'), 'utf8'));
    expect(prometheus.rule_files).toEqual(['alerts.yml']);
    const { datasources } = parse(readFileSync(packageFile('deploy/grafana/datasource.yml'), 'utf8'));
    expect(dashboard.templating.list[0].current.value).toBe(datasources[0].uid);
  });
});

describe('while Redis is away', () => {
  it('the metrics of the processes are served, those of the yard are not made up, and no worker is ready', async () => {
    await yard.server.kill();
    await until(async () => (await scrape(api.metrics)).value('trainyard_redis_up') === 0, { what: 'the API sees it' });
    const now = await scrape(api.metrics);
    expect(now.names).not.toContain('trainyard_jobs');
    expect(now.names).not.toContain('trainyard_jobs_submitted_total');
    expect(now.names).not.toContain('trainyard_queue_desired_workers');
    expect(now.names).toContain('trainyard_http_request_duration_seconds_count');
    await until(async () => (await status(`${worker.metrics}/readyz`)) === 503, { what: 'the worker is not ready' });
    expect(await status(`${worker.metrics}/healthz`)).toBe(200);
  });
});
