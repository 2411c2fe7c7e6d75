/** The metrics of a process: those that every one of ours has, to which it adds its own. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { packageVersion } from '../package-root.ts';

/** With CPU, memory, event-loop lag and garbage collection under the names that dashboards for Node know. */
export function createRegistry(component: 'api' | 'worker'): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: 'trainyard_build_info',
    help: 'Always 1: what runs here, by its labels.',
    labelNames: ['component', 'version', 'node'],
    registers: [registry],
  });
  build.set({ component, version: packageVersion(), node: process.versions.node }, 1);
  return registry;
}
