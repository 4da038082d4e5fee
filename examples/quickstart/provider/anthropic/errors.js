// The Anthropic API's error bodies.
const errors = {
  400: { type: 'invalid_request_error', message: 'messages: at least one message is required' },
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  403: { type: 'permission_error', message: 'Your API key does not have permission to use the specified resource.' },
  404: { type: 'not_found_error', message: 'The requested resource could not be found.' },
  413: { type: 'request_too_large', message: 'Request exceeds the maximum allowed number of bytes.' },
  429: { type: 'rate_limit_error', message: 'This request would exceed your rate limit.' },
  500: { type: 'api_error', message: 'Internal server error' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
};

export function errorBody(status, requestId) {
  return { type: 'error', error: errors[status] ?? errors[500], request_id: requestId };
}

/** What a stream sends when it fails in the middle. */
export const streamError = { event: 'error', data: { type: 'error', error: errors[529] } };
