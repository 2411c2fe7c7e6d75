/** A port of its own for those who watch a process: Prometheus, and the probes of a cluster. It asks for no key. */
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { messageOf } from '../errors.ts';
import { packageVersion } from '../package-root.ts';

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsServerOptions {
  host: string;
  /** 0: any free one */
  port: number;
  /** All metrics in Prometheus's text format. */
  metrics(): Promise<string>;
  /** `unready`: null if it is ready, else why not; what else there is to say follows. Without it there is no /readyz. */
  readiness?(): { unready: string | null };
}

export interface MetricsServer {
  url: string;
  close(): void;
}

/** @throws Error naming the settings, if it cannot listen there */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, metrics, readiness } = options;
  const version = packageVersion();
  const pages: Record<string, (response: ServerResponse) => Promise<void> | void> = {
    '/metrics': async (response) => answer(response, 200, PROMETHEUS_TEXT, await metrics()),
    '/healthz': (response) => answerJson(response, 200, { ok: true, version }),
  };
  if (readiness) {
    pages['/readyz'] = (response) => {
      const { unready: why, ...more } = readiness();
      answerJson(response, why === null ? 200 : 503, { ok: why === null, why, ...more });
    };
  }

  const server = createServer(async (request, response) => {
    const page = pages[request.url?.split('?')[0] ?? ''];
    if (request.method !== 'GET' && request.method !== 'HEAD') answerJson(response, 405, { ok: false });
    else if (!page) answerJson(response, 404, { ok: false, pages: Object.keys(pages) });
    else {
      try {
        await page(response);
      } catch (error) {
        answerJson(response, 500, { ok: false, why: messageOf(error) });
      }
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const where = `METRICS_HOST ${host}, METRICS_PORT ${port}`;
      reject(new Error(`The metrics cannot be served at ${where}: ${cause.message}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  answer(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

/** To a HEAD request Node sends no body. */
function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
