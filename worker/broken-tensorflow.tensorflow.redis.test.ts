/** Workers whose TensorFlow is all there and cannot be loaded: its binding finds a library first that is broken. */
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageFile } from '../shared/package-root.ts';
import { TWELVE_STEPS } from '../shared/testing/jobs.ts';
import { until } from '../shared/testing/processes.ts';
import { scrape } from '../shared/testing/prometheus.ts';
import { liveWorkers } from '../shared/workers.ts';
import { HAS_TENSORFLOW } from './engines/testing/engines-here.ts';
import { startWorker } from './testing/watched.ts';
import { startYard, type Yard } from './testing/yard.ts';

const LIBRARY = 'libtensorflow_framework.so.2';
/** Bytes kept of a library that is cut off; the linker reads further, which ends the process with SIGBUS. */
const KEPT_BYTES = 2 ** 22;
const EMPTY = { library: '', why: `${LIBRARY}: file too short` } as const;
const CUT_OFF = { library: 'cut off', why: 'the trainer process died: killed by SIGBUS' } as const;
const SPEC = { ...TWELVE_STEPS, engine: 'tensorflow' } as const;
const DROPS = 'this worker drops the queue';

describe.runIf(HAS_TENSORFLOW)('a worker whose TensorFlow cannot be loaded', () => {
  let yard: Yard;
  beforeEach(async () => {
    yard = await startYard();
  });
  afterEach(() => yard.close());

  /** @returns the variables of a worker that finds this library before the whole one */
  function broken(library: typeof EMPTY.library | typeof CUT_OFF.library): { LD_LIBRARY_PATH: string } {
    const folder = join(yard.folder, 'libraries');
    mkdirSync(folder);
    writeFileSync(join(folder, LIBRARY), library === '' ? '' : beginningOfLibrary());
    return { LD_LIBRARY_PATH: folder };
  }

  const view = async (name: string) => (await liveWorkers(yard.redis)).find((worker) => worker.name === name);

  it.each([EMPTY, CUT_OFF])('gives its job back ($why), drops the queue, and goes on with others', async (fault) => {
    const worker = await startWorker(yard, 'broken', {
      WORKER_QUEUES: 'train-cpu,train-gpu',
      ...broken(fault.library),
    });
    const id = await yard.submit(SPEC, { queue: 'train-gpu' });
    const told = await until(async () => (await view('broken'))?.dropped[0], {
      what: 'it says that it drops the queue',
    });
    expect(told.queue).toBe('train-gpu');
    expect(told.why).toMatch(/^the engine tensorflow cannot be used here: /);
    expect(told.why).toContain(fault.why);
    expect(await view('broken')).toMatchObject({ queues: ['train-cpu'], unready: null });
    const readiness = await fetch(`${worker.metrics}/readyz`);
    expect(await readiness.json()).toEqual({ ok: true, why: null, dropped: [told] });
    expect((await scrape(worker.metrics)).by('trainyard_worker_slots', 'queue')).toEqual({
      'train-cpu': 1,
      'train-gpu': 0,
    });
    await yard.bits(await yard.submit(TWELVE_STEPS));

    await yard.worker('whole', { WORKER_QUEUES: 'train-gpu' });
    const { record, attempts } = await yard.ended(id);
    expect(record).toMatchObject({ state: 'completed', failures: 0 });
    expect(attempts).toMatchObject([
      { worker: 'broken', outcome: 'given-back', reason: told.why },
      { worker: 'whole', outcome: 'completed' },
    ]);
    expect(worker.process.output().split(DROPS)).toHaveLength(2);
  });

  it('ends at the start where it is required, or nothing else is to be done, and says why', async () => {
    const library = broken('cut off');
    const workers = [
      yard.startWorker('required', { WORKER_QUEUES: 'train-gpu,eval', REQUIRE_GPU: '1', ...library }),
      yard.startWorker('useless', { WORKER_QUEUES: 'train-gpu', ...library }),
    ];
    for (const worker of workers) {
      expect(await worker.exited).toEqual({ code: 1, signal: null });
      expect(worker.output()).toMatch(/the engine tensorflow cannot be used here: .*killed by SIGBUS/);
    }
  });

  it('evaluates all the same, and trains once TensorFlow is mended', async () => {
    const { LD_LIBRARY_PATH } = broken('');
    await yard.worker('broken', { WORKER_QUEUES: 'train-gpu,eval', LD_LIBRARY_PATH });
    expect(await view('broken')).toMatchObject({ state: 'running', queues: ['eval'], unready: null });
    const id = await yard.submit(SPEC, { queue: 'train-gpu' });
    rmSync(LD_LIBRARY_PATH, { recursive: true });
    const { attempts } = await yard.ended(id);
    expect(attempts).toMatchObject([{ worker: 'broken', outcome: 'completed' }]);
    await until(async () => (await view('broken'))?.queues.includes('train-gpu'), { what: 'it says so' });
    expect(await view('broken')).toMatchObject({ dropped: [] });
  });
});

function beginningOfLibrary(): Buffer {
  const whole = openSync(packageFile(`node_modules/@tensorflow/tfjs-node-gpu/deps/lib/${LIBRARY}`), 'r');
  const beginning = Buffer.alloc(KEPT_BYTES);
  readSync(whole, beginning);
  closeSync(whole);
  return beginning;
}
