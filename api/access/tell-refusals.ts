/** Tells the audit whom access does not let through: unknown callers, roles, forgeries, limits. */
import { HttpError } from '../../shared/errors.ts';
import type { Access } from './access.ts';
import type { Audit } from './audit.ts';

/** The same access, but told of. */
export function tellRefusals(access: Access, audit: Audit): Access {
  return {
    ...access,
    require(role) {
      const guard = access.require(role);
      return async (request, response, next) => {
        try {
          await guard(request, response, next);
        } catch (error) {
          if (error instanceof HttpError) {
            await audit.record(request, response, { action: 'request', outcome: error.code });
          }
          throw error;
        }
      };
    },
  };
}
