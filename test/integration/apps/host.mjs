// An app that uses openai by `import`. See ways-to-end.cjs for what it does.
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { run } from './ways-to-end.cjs';

await run(OpenAI, fileURLToPath(import.meta.url));
