/** What an API process measures of itself, with what it reads of the yard. */
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { EventHub } from './event-hub.ts';

export interface RequestMeasured {
  method: string;
  /** Of the table of routes, as `/v1/jobs/{id}`; `other` for the rest. */
  route: string;
  status: number;
  seconds: number;
}

export type ApiMetrics = ReturnType<typeof createApiMetrics>;

export function createApiMetrics(registry: Registry, { events }: { events: EventHub }) {
  const requests = new Histogram({
    name: 'trainyard_http_request_duration_seconds',
    help: 'How long a request took to answer; event streams, which stay open, aside.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'trainyard_sse_clients',
    help: 'Clients that follow an event stream of this process: of one job, or of all.',
    labelNames: ['stream'],
    registers: [registry],
    collect() {
      const { all, job } = events.clients();
      this.set({ stream: 'all' }, all);
      this.set({ stream: 'job' }, job);
    },
  });

  return {
    observeRequest({ method, route, status, seconds }: RequestMeasured): void {
      requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds);
    },
  };
}
