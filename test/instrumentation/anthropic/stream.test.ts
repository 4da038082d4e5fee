import { expect } from 'chai';
import { adapter } from '../../../src/instrumentation/anthropic/index.ts';
import type { StreamReader, VendorCall } from '../../../src/instrumentation/inference/vendor-adapter.ts';

function reader(keepContent = true, path = '/v1/messages'): StreamReader {
  const call: VendorCall = { method: 'post', path, body: { stream: true }, baseURL: undefined, stream: true };
  const request = adapter.describe(call);
  if (!request) throw new Error('the call is described as no inference');
  return adapter.createStreamReader(request, keepContent);
}

function read(events: readonly unknown[], into = reader()): StreamReader {
  for (const event of events) into.chunk(event);
  return into;
}

const start = {
  type: 'message_start',
  message: {
    id: 'msg_2',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-6',
    content: [],
    stop_reason: null,
    usage: {
      input_tokens: 30,
      cache_read_input_tokens: 400,
      cache_creation_input_tokens: 50,
      cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 0 },
      output_tokens: 2,
    },
  },
};
const block = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, piece: object) => ({ type: 'content_block_delta', index, delta: piece });
const end = (usage: object, stop_reason: string | null = 'end_turn') => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage,
});

describe('anthropic: streams', () => {
  it('replaces cumulative counts and never adds them', () => {
    const { usage, finishReasons, id, model } = read([
      start,
      end({ output_tokens: 10 }, null),
      end({ output_tokens: 25, output_tokens_details: { thinking_tokens: 9 } }),
      { type: 'message_stop' },
    ]).response();
    expect(usage).to.deep.equal({ input: 480, output: 25, cacheRead: 400, cacheCreation: 50, reasoning: 9 });
    expect({ finishReasons, id, model }).to.deep.equal({
      finishReasons: ['end_turn'],
      id: 'msg_2',
      model: 'claude-sonnet-4-6',
    });
  });

  it('takes later numbers of input and cache, and lets null leave what was known', () => {
    const { usage } = read([
      start,
      end({
        input_tokens: 90,
        cache_read_input_tokens: 1000,
        cache_creation_input_tokens: null,
        output_tokens: 4,
      }),
    ]).response();
    expect(usage).to.include({ input: 1140, cacheRead: 1000, cacheCreation: 50, output: 4 });
  });

  it('knows the usage so far of a stream cut short', () => {
    const { usage, finishReasons } = read([start, block(0, { type: 'text', text: '' })]).response();
    expect(usage).to.include({ input: 480, output: 2 });
    expect(finishReasons).to.equal(undefined);
    expect(read([]).response().usage).to.equal(undefined);
  });

  it('puts text, thinking and tool input together', () => {
    const response = read([
      start,
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Two ' }),
      delta(0, { type: 'thinking_delta', thinking: 'tools.' }),
      delta(0, { type: 'signature_delta', signature: 'c2lnbmVk' }),
      { type: 'content_block_stop', index: 0 },
      block(1, { type: 'text', text: '' }),
      delta(1, { type: 'text_delta', text: 'Looking ' }),
      delta(1, { type: 'text_delta', text: 'it up.' }),
      delta(1, { type: 'citations_delta', citation: { cited_text: 'x' } }),
      block(2, { type: 'tool_use', id: 'toolu_1', name: 'tide', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '' }),
      delta(2, { type: 'input_json_delta', partial_json: '{"port": "St' }),
      delta(2, { type: 'input_json_delta', partial_json: '. Ives"}' }),
      block(3, { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} }),
      block(4, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      delta(4, { type: 'input_json_delta', partial_json: '{"query":"tides"}' }),
      block(5, { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ type: 'web_search_result' }] }),
      end({ output_tokens: 40 }, 'tool_use'),
      { type: 'message_stop' },
    ]).response();
    expect(response.outputMessages?.()).to.deep.equal([
      {
        role: 'assistant',
        finish_reason: 'tool_use',
        parts: [
          { type: 'reasoning', content: 'Two tools.' },
          { type: 'text', content: 'Looking it up.' },
          { type: 'tool_call', id: 'toolu_1', name: 'tide', arguments: { port: 'St. Ives' } },
          { type: 'tool_call', id: 'toolu_2', name: 'now', arguments: {} },
          {
            type: 'server_tool_call',
            id: 'srvtoolu_1',
            name: 'web_search',
            server_tool_call: { type: 'web_search', arguments: { query: 'tides' } },
          },
          {
            type: 'server_tool_call_response',
            id: 'srvtoolu_1',
            server_tool_call_response: { type: 'web_search_tool_result', content: [{ type: 'web_search_result' }] },
          },
        ],
      },
    ]);
  });

  it('keeps half a tool input as the text it is', () => {
    const response = read([
      start,
      block(0, { type: 'tool_use', id: 'toolu_1', name: 'tide', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"port": "S' }),
    ]).response();
    expect(JSON.stringify(response.outputMessages?.())).to.include(JSON.stringify('{"port": "S'));
  });

  it('keeps no content unless told to', () => {
    const response = read(
      [start, block(0, { type: 'text', text: 'a' }), delta(0, { type: 'text_delta', text: 'secret' })],
      reader(false),
    ).response();
    expect(response.outputMessages?.()).to.equal(undefined);
    expect(JSON.stringify(response)).not.to.include('secret');
  });

  it('changes nothing of what it is shown', () => {
    const events = [start, block(0, { type: 'text', text: '' }), delta(0, { type: 'text_delta', text: 'x' })];
    const before = structuredClone(events);
    read(events).response();
    expect(events).to.deep.equal(before);
  });

  it('names an error event, and the model that took over', () => {
    expect(read([start, { type: 'error', error: { type: 'overloaded_error' } }]).response().errorType).to.equal(
      'overloaded_error',
    );
    const fallback = block(0, { type: 'fallback', to: { model: 'claude-haiku-4-5' }, from: { model: 'x' } });
    expect(read([start, fallback]).response().model).to.equal('claude-haiku-4-5');
  });

  it('calls a stream that stops in the middle what it is', () => {
    expect(read([start]).response().errorType).to.equal('incomplete_stream');
    expect(read([start, { type: 'message_stop' }]).response().errorType).to.equal(undefined);
  });

  it('bears chunks that are no events', () => {
    expect(read([null, 7, 'x', {}, delta(3, { type: 'text_delta' }), delta(0, {})]).response()).to.include({
      usage: undefined,
      errorType: undefined,
    });
  });

  it('reads a stream of legacy completions', () => {
    const events = [
      { type: 'completion', id: 'compl_2', completion: ' High', stop_reason: null, model: 'claude-2.1' },
      { type: 'completion', id: 'compl_2', completion: ' tide', stop_reason: 'max_tokens', model: 'claude-2.1' },
    ];
    const response = read(events, reader(true, '/v1/complete')).response();
    expect(response).to.deep.include({ id: 'compl_2', model: 'claude-2.1', finishReasons: ['max_tokens'] });
    expect(response.outputMessages?.()).to.deep.equal([
      { role: 'assistant', parts: [{ type: 'text', content: ' High tide' }], finish_reason: 'max_tokens' },
    ]);
    expect(read(events, reader(false, '/v1/complete')).response().outputMessages?.()).to.equal(undefined);
  });
});
