// An app that uses openai by `require`. See ways-to-end.cjs for what it does.
const OpenAI = require('openai');
const { run } = require('./ways-to-end.cjs');

void run(OpenAI, __filename);
