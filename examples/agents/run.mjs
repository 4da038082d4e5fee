// Three agents in three processes on one store, a human who approves, and the one trace that all of it is.
// node examples/agents/run.mjs [directory]; AGENT_VITALS_REDIS_URL lets them meet in Redis instead of a file.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const root = dirname(dirname(here));
if (!existsSync(join(root, 'dist/index.js'))) {
  console.error('Nothing is built yet. First: npm run build');
  process.exit(1);
}
const own = join(here, '.agent-vitals');
const dir = process.argv[2] ?? own;
if (dir === own) rmSync(own, { recursive: true, force: true });
process.env.AGENT_VITALS_DIR = dir;
const { approvals, events, shutdown } = await import('agent-vitals');

// None of them needs to be there before another: signals wait.
const agents = ['planner', 'writer', 'reviewer'].map(start);

const abort = new AbortController();
const human = answerAsHuman(abort.signal);
const codes = await Promise.all(agents);
abort.abort();
await human;
await shutdown();
if (codes.some((code) => code !== 0)) process.exit(1);
showTraces();

function start(name) {
  const agent = spawn(process.execPath, ['--import', 'agent-vitals/register', join(here, `${name}.mjs`)], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, OTEL_SERVICE_NAME: name, AGENT_VITALS_PROMETHEUS_ENABLED: 'false' },
  });
  return new Promise((resolve) => agent.once('exit', resolve));
}

/** What `agent-vitals approvals approve` does. */
async function answerAsHuman(signal) {
  for await (const { payload } of events.follow({ types: 'approval.requested', after: '0', signal })) {
    console.log(`human: "${payload.action}"? Yes.`);
    await approvals.approve(payload.id, { responder: 'ada', reason: 'reads well' });
    return;
  }
}

/** The journal's spans as trees, one for each trace. */
function showTraces() {
  const journal = join(dir, 'journal');
  const spans = readdirSync(journal)
    .filter((file) => file.startsWith('traces-'))
    .flatMap((file) => readFileSync(join(journal, file), 'utf8').trimEnd().split('\n'))
    .flatMap((line) => JSON.parse(line).resourceSpans)
    .flatMap((one) =>
      one.scopeSpans.flatMap(({ spans: some }) => some.map((span) => ({ ...span, service: serviceOf(one) }))),
    )
    .sort((one, other) => (BigInt(one.startTimeUnixNano) < BigInt(other.startTimeUnixNano) ? -1 : 1));
  const known = new Set(spans.map(({ spanId }) => spanId));
  const show = (span, depth) => {
    console.log(`${'  '.repeat(depth)}${span.name}  (${span.service})`);
    for (const below of spans) if (below.parentSpanId === span.spanId) show(below, depth + 1);
  };
  for (const traceId of new Set(spans.map((span) => span.traceId))) {
    console.log(`\ntrace ${traceId}`);
    for (const span of spans) if (span.traceId === traceId && !known.has(span.parentSpanId)) show(span, 0);
  }
}

function serviceOf({ resource }) {
  return resource.attributes.find(({ key }) => key === 'service.name').value.stringValue;
}
