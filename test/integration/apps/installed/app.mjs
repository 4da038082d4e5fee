import OpenAI from 'openai';

const client = new OpenAI();
const messages = [{ role: 'user', content: 'The capital of France?' }];
const answer = await client.chat.completions.create({ model: 'gpt-4.1', messages });
console.log(answer.choices[0].message.content);
for await (const chunk of await client.chat.completions.create({ model: 'gpt-4.1-mini', stream: true, messages })) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? '');
}
process.exitCode = 7;
