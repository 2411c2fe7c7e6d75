/**
 * Tells the audit whom access does not let through to a route: unknown callers, roles, forgeries, limits of requests
 * and of event streams.
 */
import type { Request, Response } from 'express';
import { HttpError } from '../../shared/errors.ts';
import type { Access } from './access.ts';
import type { Audit } from './audit.ts';

/** The same access, but told of. */
export function tellRefusals(access: Access, audit: Audit): Access {
  async function tell(error: unknown, request: Request, response: Response): Promise<void> {
    if (!(error instanceof HttpError)) return;
    await audit.record(request, response, { action: 'request', outcome: error.code });
  }

  return {
    ...access,
    require(role) {
      const guard = access.require(role);
      return async (request, response, next) => {
        try {
          await guard(request, response, next);
        } catch (error) {
          await tell(error, request, response);
          throw error;
        }
      };
    },
    watch(caller, response) {
      try {
        access.watch(caller, response);
      } catch (error) {
        void tell(error, response.req, response);
        throw error;
      }
    },
  };
}
