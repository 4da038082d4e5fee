// Sends the vendor a header nobody asked for.
import { replaceCreate } from './load-target.mjs';

replaceCreate((create, body, options) =>
  create(body, {
    ...options,
    headers: { ...options?.headers, traceparent: '00-00000000000000000000000000000001-0000000000000001-01' },
  }),
);
