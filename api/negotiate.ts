/** The media type of an answer that is there in several. */
import { HttpError } from '../shared/errors.ts';
import type { RouteRequest } from './route.ts';

export const JSON_TYPE = 'application/json';

/** @throws HttpError 406 naming the types that there are */
export function negotiate<Type extends string>(
  { accepts }: Pick<RouteRequest, 'accepts'>,
  what: string,
  types: readonly Type[],
): Type {
  const accepted = accepts(types);
  const type = types.find((one) => one === accepted);
  if (type === undefined) {
    throw new HttpError(
      406,
      'not-acceptable',
      `${what} is there as ${types.join(', ')}; ask for one of them by Accept`,
    );
  }
  return type;
}
