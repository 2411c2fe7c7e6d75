/** Who may do what. A role may do all that those before it may. Without imports, for the dashboard too. */

/** viewer: look; submitter: also submit, cancel, retry and delete jobs; admin: also change queues and read the audit. */
export const ROLES = ['viewer', 'submitter', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function includesRole(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}
