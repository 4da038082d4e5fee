// What `--import agent-vitals/register` and `--require agent-vitals/register` load. Must parse and do no harm on any Node.
import { createRequire } from 'node:module';
import { switchedOffBy } from './internal/switched-off.ts';
import { unsupportedNode } from './internal/unsupported-node.ts';

const complaint = unsupportedNode();
if (complaint !== undefined) {
  process.stderr.write(complaint);
} else if (switchedOffBy(process.env).length === 0) {
  try {
    createRequire(import.meta.url)('./agent-vitals.cjs').start();
  } catch (error) {
    process.stderr.write(`agent-vitals: could not start, the app runs without it: ${String(error).split('\n')[0]}\n`);
  }
}
