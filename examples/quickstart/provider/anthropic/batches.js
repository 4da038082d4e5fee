// /v1/messages/batches: made, looked at, listed, and their results. Not inference: what runs in a batch is billed there.
import { errorBody } from './errors.js';

export async function answerBatches(exchange, path) {
  const id = path.split('/')[1];
  if (exchange.method === 'POST' && id === undefined)
    return exchange.json(200, batch(exchange, exchange.id('msgbatch_')));
  if (exchange.method !== 'GET') return exchange.json(404, errorBody(404, null));
  if (id === undefined) {
    // One page: what comes after it is empty, which old clients ask for.
    const data = exchange.query.has('after_id') ? [] : [batch(exchange, 'msgbatch_1')];
    return exchange.json(200, { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data[0]?.id ?? null });
  }
  if (path.endsWith('/results')) {
    const line = JSON.stringify({ custom_id: 'first', result: { type: 'canceled' } });
    return exchange.text(200, 'application/x-jsonl', `${line}\n`);
  }
  return exchange.json(200, batch(exchange, id));
}

function batch(exchange, id) {
  const createdAt = exchange.now();
  return {
    id,
    type: 'message_batch',
    processing_status: exchange.method === 'POST' ? 'in_progress' : 'ended',
    request_counts: { processing: 0, succeeded: 0, errored: 0, canceled: 1, expired: 0 },
    ended_at: null,
    created_at: new Date(createdAt).toISOString(),
    expires_at: new Date(createdAt + 86_400_000).toISOString(),
    archived_at: null,
    cancel_initiated_at: null,
    results_url: exchange.method === 'POST' ? null : `http://${exchange.host}/v1/messages/batches/${id}/results`,
  };
}
