// A small travel desk: plans one trip for each line it is given, with models of two vendors, and ends when there are no more lines.
// Nothing in here measures anything. `withWorkflow` only names the work; without it, every call would be seen just the same.
import { createInterface } from 'node:readline';
import Anthropic from '@anthropic-ai/sdk';
import { withWorkflow } from 'agent-vitals';
import OpenAI from 'openai';

// Where they are and with which keys: OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY.
const openai = new OpenAI();
const anthropic = new Anthropic();

/** The local provider misbehaves on request; the real ones ignore this header. */
const behave = (how) => ({ headers: { 'x-behaviour': how } });
const say = (who, what) => console.log(`  ${who.padEnd(26)} ${what}`);

async function planTrip(wish) {
  const trip = { workflow: 'plan-trip', userId: 'ada@example.org', conversationId: 'trip-42' };
  await withWorkflow({ ...trip, stage: 'understand', tier: 'cheap' }, () => understand(wish));
  await withWorkflow({ ...trip, stage: 'research', tier: 'cheap' }, () => research(wish));
  await withWorkflow({ ...trip, stage: 'write', tier: 'premium' }, () => write(wish));
  await withWorkflow({ ...trip, stage: 'bad-day' }, () => badDay(wish));
}

async function understand(wish) {
  const completion = await openai.chat.completions.create({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: `In one sentence, where does this go? ${wish}` }],
  });
  say('chat', completion.choices[0].message.content);

  const { data } = await openai.embeddings.create({ model: 'text-embedding-3-small', input: wish });
  say('embedding', `${data[0].embedding.length} dimensions`);
}

async function research(wish) {
  const parameters = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  };
  const tool = (name, description, fn) => ({
    type: 'function',
    function: { name, description, parameters, parse: JSON.parse, function: fn },
  });
  const runner = openai.chat.completions.runTools({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: `Weather and trains for: ${wish}` }],
    tools: [
      tool('weather', 'Weather at the weekend', ({ city }) => ({ city, sky: 'clear', celsius: 19 })),
      tool('trains', 'Trains on Friday evening', ({ city }) => ({ city, departures: ['17:31', '19:04'] })),
    ],
  });
  await runner.finalContent();
  const tools = runner.messages.filter((message) => message.role === 'tool').length;
  say('tools, called together', `${tools} results`);

  const message = await anthropic.messages.create(
    {
      model: 'claude-haiku-4-5',
      max_tokens: 300,
      system: [
        { type: 'text', text: 'The house rules of the travel desk, many pages.', cache_control: { type: 'ephemeral' } },
      ],
      messages: [{ role: 'user', content: `Which of our rules apply? ${wish}` }],
    },
    behave('cached'),
  );
  say('message, prompt cached', `${message.usage.cache_read_input_tokens} tokens read from the cache`);
}

async function write(wish) {
  const stream = await openai.chat.completions.create({
    model: 'gpt-5.1',
    messages: [{ role: 'user', content: `Write the plan: ${wish}` }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let plan = '';
  for await (const chunk of stream) plan += chunk.choices[0]?.delta?.content ?? '';
  say('chat stream', plan);

  const response = await openai.responses.create(
    { model: 'gpt-5.1', input: `Check the plan: ${plan}` },
    behave('reasoning'),
  );
  say('response, with reasoning', `${response.usage.output_tokens_details.reasoning_tokens} tokens of thought`);

  const letter = anthropic.messages.stream({
    model: 'claude-sonnet-4-6',
    max_tokens: 500,
    messages: [{ role: 'user', content: `Put it into a kind letter: ${plan}` }],
  });
  say('message stream', await letter.finalText());
}

/** What happens to everybody, sooner or later. */
async function badDay(wish) {
  const ask = { model: 'gpt-5-mini', messages: [{ role: 'user', content: `Anything to add? ${wish}` }] };
  await openai.chat.completions.create(ask, behave('429-once'));
  say('rate limited once', 'the client tried again: one call');

  try {
    await openai.chat.completions.create(ask, behave('401'));
  } catch (error) {
    say('wrong key', error.constructor.name);
  }

  const endless = await anthropic.messages.create(
    { model: 'claude-sonnet-4-6', max_tokens: 500, stream: true, messages: ask.messages },
    behave('endless'),
  );
  let chunks = 0;
  for await (const _ of endless) {
    chunks += 1;
    if (chunks === 8) break;
  }
  say('stream, given up', `after ${chunks} events`);
}

for await (const wish of createInterface({ input: process.stdin })) {
  console.log(`> ${wish}`);
  await planTrip(wish);
  console.log('Done.');
}
