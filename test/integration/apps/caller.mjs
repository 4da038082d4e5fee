// An app that makes a call for each line it reads, prints the answer, and ends when there is nothing more to read.
import { createInterface } from 'node:readline';
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'none', maxRetries: 0 });
console.log('ready');
for await (const model of createInterface({ input: process.stdin })) {
  const { choices } = await client.chat.completions.create({ model, messages: [{ role: 'user', content: model }] });
  console.log(`${model}: ${choices[0].message.content}`);
}
console.log('bye');
