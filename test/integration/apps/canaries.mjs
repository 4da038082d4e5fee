// An app whose every secret and private text is a canary: prompts, answers, tools, keys, users, error messages. See canary.test.ts.

import Anthropic from '@anthropic-ai/sdk';
import { logs, SeverityNumber, trace } from '@opentelemetry/api';
import { withInference, withWorkflow } from 'agent-vitals';
import OpenAI from 'openai';

const canary = (kind) => `canary-${kind}-${process.env.CANARY}`;
const quiet = (promise) => Promise.resolve(promise).catch(() => {});
const openai = new OpenAI({ apiKey: canary('openai-key'), organization: canary('organization'), maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: canary('anthropic-key'), maxRetries: 0 });
const tools = [
  {
    type: 'function',
    function: {
      name: 'find_booking',
      description: canary('tool-description'),
      parameters: { type: 'object', properties: { city: { type: 'string', enum: [canary('tool-argument')] } } },
    },
  },
];
const messages = [
  { role: 'system', content: canary('system') },
  { role: 'user', content: canary('prompt') },
];
const extra = {
  user: canary('user-parameter'),
  safety_identifier: canary('safety-id'),
  prompt_cache_key: canary('cache-key'),
  metadata: { note: canary('metadata') },
};

async function traffic() {
  // Models with `echo` answer what they were asked: the canary of the prompt is then in the answer too.
  await openai.chat.completions.create({ model: 'gpt-4.1+echo', messages, ...extra });
  const stream = await openai.chat.completions.create({ model: 'gpt-4.1+echo', stream: true, messages, ...extra });
  for await (const _ of stream);
  const answer = await openai.chat.completions.create({ model: 'gpt-4.1', messages, tools });
  await openai.chat.completions.create({
    model: 'gpt-4.1',
    messages: [
      ...messages,
      answer.choices[0].message,
      { role: 'tool', tool_call_id: answer.choices[0].message.tool_calls[0].id, content: canary('tool-result') },
    ],
  });
  for await (const _ of await openai.chat.completions.create({ model: 'gpt-4.1+endless+echo', stream: true, messages }))
    break;
  await openai.responses.create({
    model: 'gpt-4.1+echo',
    instructions: canary('instructions'),
    input: canary('prompt'),
    ...extra,
  });
  await openai.embeddings.create({ model: 'text-embedding-3-small', input: canary('embedded') });
  const claude = {
    model: 'claude-sonnet-4-5+echo',
    max_tokens: 100,
    system: canary('system'),
    metadata: { user_id: canary('user-parameter') },
  };
  await anthropic.messages.create({ ...claude, messages: [{ role: 'user', content: canary('prompt') }] });
  await anthropic.messages
    .stream({ ...claude, messages: [{ role: 'user', content: canary('prompt') }] })
    .finalMessage();

  // A key where the model belongs: a wrong variable is soon given.
  await quiet(openai.chat.completions.create({ model: `sk-proj-${canary('model-key')}`, messages }));

  // Errors: of the vendor, whose message says the key and the prompt; of the connection; of the app in the middle of a stream.
  const leaky = { baseURL: process.env.LEAKY_URL };
  await quiet(openai.withOptions(leaky).chat.completions.create({ model: 'gpt-4.1', messages }));
  await quiet(
    anthropic
      .withOptions({ baseURL: process.env.LEAKY_URL })
      .messages.create({ ...claude, messages: [{ role: 'user', content: canary('prompt') }] }),
  );
  await quiet(
    openai
      .withOptions({ baseURL: `http://127.0.0.1:1/${canary('path')}` })
      .chat.completions.create({ model: 'gpt-4.1', messages }),
  );
  await quiet(
    (async () => {
      for await (const _ of await openai.chat.completions.create({ model: 'gpt-4.1', stream: true, messages })) {
        throw new Error(canary('own-error'));
      }
    })(),
  );
  await quiet(
    withInference({ operation: 'chat', provider: 'own', model: 'own' }, async () => {
      throw new Error(canary('own-error'));
    }),
  );
}

await withWorkflow({ workflow: 'desk', stage: 'triage', tier: 'cheap', userId: canary('user-id') }, traffic);
// Credentials that other instrumentation writes are taken out as well.
const span = trace.getTracer('other').startSpan('call', {
  attributes: {
    'http.request.header.authorization': [`Bearer ${canary('foreign-key')}`],
    'http.request.header.x-api-key': [canary('foreign-key')],
  },
});
span.end();
logs.getLogger('other').emit({ severityNumber: SeverityNumber.INFO, body: 'kept' });
console.log('ready');
process.stdin.resume();
