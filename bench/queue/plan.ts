/** How much is measured. */

export interface Plan {
  /** In which the API and BullMQ alone, in its two ways, take turns. */
  rounds: number;
  /** Of one turn. */
  seconds: number;
  /** Before the first round: what is compiled on the way is compiled then. */
  warmUpSeconds: number;
  /** Lists of a thousand jobs in one request. */
  lists: number;
  /** How many workers drain how many jobs. */
  drains: readonly { workers: number; jobs: number }[];
  /** What is measured while requests are refused is no result; a quick look may be taken of a machine that is busy. */
  mayRefuse: boolean;
}

export const WHOLE: Plan = {
  rounds: 5,
  seconds: 6,
  warmUpSeconds: 2,
  lists: 5,
  drains: [
    { workers: 1, jobs: 1000 },
    { workers: 2, jobs: 200 },
    { workers: 4, jobs: 200 },
  ],
  mayRefuse: false,
};
export const QUICK: Plan = {
  rounds: 1,
  seconds: 1,
  warmUpSeconds: 1,
  lists: 1,
  drains: [{ workers: 1, jobs: 3 }],
  mayRefuse: true,
};

/** Connections, and adds under way at once. */
export const AT_ONCE = 64;

/** What every job is asked to do. */
export const REQUEST = {
  kind: 'train',
  name: 'bench',
  spec: { epochs: 1, trainSize: 256, validationSize: 100 },
} as const;
