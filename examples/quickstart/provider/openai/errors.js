// The OpenAI API's error bodies.
const errors = {
  400: {
    message: 'Invalid value for a parameter.',
    type: 'invalid_request_error',
    param: 'messages',
    code: 'invalid_value',
  },
  401: {
    message: 'Incorrect API key provided: sk-…0000.',
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  },
  403: { message: 'You are not allowed to use this model.', type: 'invalid_request_error', param: null, code: null },
  404: {
    message: 'The model does not exist or you do not have access to it.',
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  },
  429: { message: 'Rate limit reached for requests.', type: 'requests', param: null, code: 'rate_limit_exceeded' },
  500: {
    message: 'The server had an error while processing your request.',
    type: 'server_error',
    param: null,
    code: null,
  },
};

export function errorBody(status) {
  return { error: errors[status] ?? { message: `Status ${status}.`, type: 'server_error', param: null, code: null } };
}

/** What a chat or completion stream sends when it fails in the middle. */
export const streamError = { data: errorBody(500) };
