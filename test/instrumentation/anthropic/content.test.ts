import { expect } from 'chai';
import { outputMessages, requestContent } from '../../../src/instrumentation/anthropic/content.ts';

const partsOf = (content: unknown): unknown => {
  const { inputMessages } = requestContent({ messages: [{ role: 'user', content }] });
  return (inputMessages as { parts: unknown }[])[0]?.parts;
};

describe('anthropic: content in the shapes of the conventions', () => {
  it('gives messages, system instructions and tools', () => {
    expect(
      requestContent({
        system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
        messages: [
          { role: 'user', content: 'Tide?' },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'Hm.', signature: 's' },
              { type: 'tool_use', id: 't1', name: 'tide', input: { port: 'x' } },
            ],
          },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: '3 m' }] },
        ],
        tools: [
          { name: 'tide', description: 'Height of the tide', input_schema: { type: 'object' } },
          { type: 'web_search_20250305', name: 'web_search' },
        ],
      }),
    ).to.deep.equal({
      systemInstructions: [{ type: 'text', content: 'Be brief.' }],
      inputMessages: [
        { role: 'user', parts: [{ type: 'text', content: 'Tide?' }] },
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', content: 'Hm.' },
            { type: 'tool_call', id: 't1', name: 'tide', arguments: { port: 'x' } },
          ],
        },
        { role: 'user', parts: [{ type: 'tool_call_response', id: 't1', response: '3 m' }] },
      ],
      toolDefinitions: [
        { type: 'function', name: 'tide', description: 'Height of the tide', parameters: { type: 'object' } },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
    });
  });

  it('gives images and documents as blob, uri or file', () => {
    expect(
      partsOf([
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
        { type: 'image', source: { type: 'file', file_id: 'file_1' } },
        { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' } },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Plain.' } },
      ]),
    ).to.deep.equal([
      { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
      { type: 'uri', modality: 'image', mime_type: undefined, uri: 'https://example.org/a.png' },
      { type: 'file', modality: 'image', mime_type: undefined, file_id: 'file_1' },
      { type: 'blob', modality: 'document', mime_type: 'application/pdf', content: 'BBBB' },
      { type: 'text', content: 'Plain.' },
    ]);
  });

  it('gives a tool answer of several blocks part by part', () => {
    const content = [
      { type: 'text', text: 'Here.' },
      { type: 'image', source: { type: 'url', url: 'u' } },
    ];
    expect(partsOf([{ type: 'tool_result', tool_use_id: 't1', content }])).to.deep.equal([
      {
        type: 'tool_call_response',
        id: 't1',
        response: [
          { type: 'text', content: 'Here.' },
          { type: 'uri', modality: 'image', mime_type: undefined, uri: 'u' },
        ],
      },
    ]);
  });

  it('keeps only the type of what the conventions have no part for', () => {
    expect(partsOf([{ type: 'redacted_thinking', data: 'encrypted' }, {}, null])).to.deep.equal([
      { type: 'redacted_thinking' },
      { type: 'unknown' },
      { type: 'unknown' },
    ]);
  });

  it('gives the prompt of a legacy completion as a user message', () => {
    expect(requestContent({ prompt: '\n\nHuman: Tide?\n\nAssistant:' }).inputMessages).to.deep.equal([
      { role: 'user', parts: [{ type: 'text', content: '\n\nHuman: Tide?\n\nAssistant:' }] },
    ]);
  });

  it('bears a body that is not one', () => {
    expect(requestContent({ messages: 'no', system: 7, tools: null })).to.deep.equal({
      inputMessages: [],
      systemInstructions: [],
      toolDefinitions: [],
    });
    expect(outputMessages(undefined, undefined)).to.deep.equal([
      { role: 'assistant', parts: [], finish_reason: undefined },
    ]);
  });
});
