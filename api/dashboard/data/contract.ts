/** Answers of the API by the names that the dashboard has for them. */
export type {
  CheckpointList,
  DryRun,
  JobCounts as Counts,
  JobFilter,
  JobMetrics,
  JobPage,
  Prediction,
} from '../../client.ts';
