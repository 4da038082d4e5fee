// Writes to the caller's parameters.
import { replaceCreate } from './load-target.mjs';

replaceCreate((create, body, options) => {
  if (body !== undefined && !Object.isFrozen(body))
    body.stream_options = body.stream ? { include_usage: true } : undefined;
  return create(body, options);
});
