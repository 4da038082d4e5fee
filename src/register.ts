// What `--import agent-vitals/register` and `--require agent-vitals/register` load. Must parse and do no harm on any Node.
import { createRequire } from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `agent-vitals: needs Node >= 22.15, this is ${process.versions.node}; the app runs without it.\n`,
  );
} else if (!isOn(process.env.AGENT_VITALS_DISABLED) && !isOn(process.env.OTEL_SDK_DISABLED)) {
  try {
    createRequire(import.meta.url)('./agent-vitals.cjs').start();
  } catch (error) {
    process.stderr.write(`agent-vitals: could not start, the app runs without it: ${String(error).split('\n')[0]}\n`);
  }
}

/** As OpenTelemetry reads a boolean variable, and `1` besides. */
function isOn(value: string | undefined): boolean {
  return ['true', '1'].includes(value?.trim().toLowerCase() ?? '');
}
