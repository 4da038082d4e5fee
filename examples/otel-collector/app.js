// A small agent. It knows nothing of agent-vitals: the flag at process start does it all.
//   node --import agent-vitals/register app.js [rounds]
// The openai package reads OPENAI_API_KEY and OPENAI_BASE_URL; any server that speaks the OpenAI API will do.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';

const rounds = Number(process.argv[2] ?? Number.POSITIVE_INFINITY);
const client = new OpenAI({ maxRetries: 0 });

for (let round = 1; round <= rounds; round++) {
  const plan = await client.chat.completions.create({
    model: 'gpt-4.1-mini',
    temperature: 0,
    messages: [{ role: 'user', content: `Plan step ${round} of the garden.` }],
  });

  const stream = await client.chat.completions.create({
    model: 'gpt-4.1',
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: `Do this: ${plan.choices[0]?.message.content}` }],
  });
  let words = 0;
  for await (const chunk of stream) words += chunk.choices.length;

  await client.embeddings.create({ model: 'text-embedding-3-small', input: `step ${round}` });

  // No price book knows a model of one's own: its calls and tokens are counted, its cost stays unknown.
  await client.chat.completions.create({
    model: 'house-model',
    messages: [{ role: 'user', content: 'Anything left?' }],
  });

  try {
    // The words after the plus tell the local provider of this repository to refuse; a real one knows no such model either.
    await client.chat.completions.create({ model: 'no-such+404', messages: [{ role: 'user', content: 'Hello?' }] });
  } catch (error) {
    console.log(`round ${round}: ${words} chunks, and the wrong model answered ${error.status}`);
  }
  await sleep(rounds === Number.POSITIVE_INFINITY ? 1000 : 0);
}

// Stay to be scraped until someone says stop.
console.log('done');
const stay = setInterval(() => {}, 60_000);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(stay);
