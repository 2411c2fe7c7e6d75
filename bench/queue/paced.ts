/**
 * Requests at an even rate, whatever the answers take, so that one that has to wait counts its wait. (autocannon sends
 * those of a second in one burst.)
 */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../quantiles.ts';
import type { Fired, Target } from './autocannon.ts';
import { AT_ONCE } from './plan.ts';

/** @param rate requests a second. @throws Error if any answer is not what it should be, or none is */
export async function firePaced({ url, headers, body, seconds, mayRefuse }: Target, rate: number): Promise<Fired> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const count = Math.round(rate * seconds);
  const began = performance.now();
  const answers: Promise<number | null>[] = [];
  while (answers.length < count) {
    const due = began + (1000 * answers.length) / rate;
    if (due > performance.now()) {
      await pause(1);
      continue;
    }
    const answer = post(due);
    // it may be a refusal before all are sent: without a handler, that would end the process
    answer.catch(() => {});
    answers.push(answer);
  }
  try {
    const latencies = (await Promise.all(answers)).filter((latency) => latency !== null);
    if (latencies.length === 0) throw new Error(`each of ${count} requests was refused`);
    const perSecond = (1000 * latencies.length) / (performance.now() - began);
    return { perSecond, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
  } finally {
    agent.destroy();
  }

  /** Resolves with the milliseconds that it took; null if it was refused, and may be. */
  function post(due: number): Promise<number | null> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', headers, agent }, (answer) => {
        const isTaken = answer.statusCode === 202;
        if (!isTaken && !mayRefuse) reject(new Error(`a request was answered with ${answer.statusCode}`));
        answer.resume().once('end', () => resolve(isTaken ? performance.now() - due : null));
      });
      sent.once('error', reject).end(body);
    });
  }
}
