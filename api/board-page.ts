/** Where bull-board is. */
import type { QueueName } from '../shared/engines.ts';

export const BOARD_PATH = '/admin/queues';

/** bull-board's page of a job. */
export function boardPage(queue: QueueName, jobId: string): string {
  return `${BOARD_PATH}/queue/${queue}/${jobId}`;
}
