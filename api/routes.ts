/** Every route of the API, as a table. */
import type { Route } from './route.ts';
import { jobRoutes } from './routes/jobs.ts';
import { resultRoutes } from './routes/results.ts';
import { yardRoutes } from './routes/yard.ts';

export const routes: readonly Route[] = [...jobRoutes, ...resultRoutes, ...yardRoutes];
