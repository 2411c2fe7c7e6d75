/** All jobs, live, with search and filters; who works and how long the queues are. */

import { usePageTitle } from '../../components/app-shell.tsx';
import { LinkButton } from '../../components/button.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { useJobs } from '../../data/job-list.ts';
import { may } from '../../data/session.ts';
import { query } from '../../router.ts';
import { Filters, filterOf } from './filters.tsx';
import { JobTable, JobTableSkeleton } from './job-table.tsx';
import { SelectionBar } from './selection.tsx';
import { Yard } from './yard.tsx';
import './jobs.css';

export default function JobsPage() {
  usePageTitle('Jobs');
  const filter = filterOf(query.value);
  const list = useJobs(filter);
  const jobs = list.jobs.value;
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <div class="page-head">
        <h1>Jobs</h1>
        <div class="end">
          {may('submitter') && (
            <LinkButton href="/submit" look="primary" icon="plus">
              Submit a job
            </LinkButton>
          )}
        </div>
      </div>
      <Yard />
      <Filters filter={filter} />
      <section class="card jobs" aria-label="Jobs" aria-busy={jobs === null && list.error.value === null}>
        {jobs === null && list.error.value === null && <JobTableSkeleton />}
        {jobs === null && list.error.value !== null && <ErrorState error={list.error.value} onRetry={list.reload} />}
        {jobs?.length === 0 && !list.hasMore.value && <NoJobs isFiltered={isFiltered} />}
        {jobs !== null && (jobs.length > 0 || list.hasMore.value) && <JobTable list={list} jobs={jobs} />}
      </section>
      <SelectionBar />
    </>
  );
}

function NoJobs({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState title="No job matches" icon="search">
        <p>No job has this state, kind, tag and name at once.</p>
        <div class="row">
          <LinkButton href="/">Show all jobs</LinkButton>
        </div>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No jobs yet">
      <p>
        Submit one here, or over REST: <code>POST /v1/jobs</code> with <code>{'{"kind": "train"}'}</code> trains LeNet-5
        on MNIST for 20 epochs.
      </p>
      <div class="row">
        {may('submitter') && (
          <LinkButton href="/submit" look="primary" icon="plus">
            Submit a job
          </LinkButton>
        )}
      </div>
    </EmptyState>
  );
}
