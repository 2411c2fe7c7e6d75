/** Many clients of one address, in a process of their own: each sends its next request when the one before is answered. */
import { capture } from '../../scripts/setup/exec.mjs';
import { packageFile } from '../../shared/package-root.ts';
import { AT_ONCE } from './plan.ts';

export interface Fired {
  perSecond: number;
  /** Milliseconds from when a request was sent, or due, to its answer. */
  p50: number;
  p99: number;
}

export interface Target {
  url: string;
  headers: Record<string, string>;
  body: string;
  seconds: number;
  /** Those that are refused are no error, and do not count in the rate; the latencies are of all. */
  mayRefuse: boolean;
}

/** Their report, as far as it is read. */
interface Report {
  duration: number;
  '2xx': number;
  non2xx: number;
  errors: number;
  timeouts: number;
  latency: { p50: number; p99: number };
}

/** POSTs the body again and again. @throws Error if any answer is not what it should be, or none is */
export async function fire({ url, headers, body, seconds, mayRefuse }: Target): Promise<Fired> {
  const options = ['--json', '--no-progress', '--method', 'POST', '--body', body, '--duration', String(seconds)];
  const asked = Object.entries(headers).flatMap(([name, value]) => ['--headers', `${name}=${value}`]);
  const connections = ['--connections', String(AT_ONCE)];
  const entry = packageFile('node_modules/autocannon/autocannon.js');
  const { code, output } = await capture(process.execPath, [entry, ...options, ...connections, ...asked, url]);
  if (code !== 0) throw new Error(`autocannon ended with exit code ${code}: ${output}`);
  const report = JSON.parse(output) as Report;
  const faults = report.non2xx + report.errors + report.timeouts;
  if (mayRefuse ? report['2xx'] === 0 : faults > 0) {
    const { non2xx, errors, timeouts } = report;
    throw new Error(`of the requests, ${non2xx} were refused, ${errors} failed and ${timeouts} were not answered`);
  }
  return { perSecond: report['2xx'] / report.duration, p50: report.latency.p50, p99: report.latency.p99 };
}
