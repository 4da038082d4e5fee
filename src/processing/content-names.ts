// Which attributes hold content, in every dialect. Fails closed: in the namespaces of GenAI a name that is not known to be harmless may hold
// content, and its texts are removed.

/**
 * `content` holds prompts, answers, documents, tool data; `user` the raw id of a user; `secret` headers and keys; `unknown` is a name of a
 * GenAI namespace nobody has vouched for; `generic` holds content in GenAI dialects and other things elsewhere; `plain` is none of these.
 */
export type ContentKind = 'content' | 'user' | 'secret' | 'unknown' | 'generic' | 'plain';

/** Exact names and, with a dot at their end, everything below a name. */
const CONTENT = matcher([
  // Conventions, new and former: docs/gen-ai/gen-ai-spans.md, gen-ai-events.md.
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.description',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.prompt',
  'gen_ai.prompt.',
  'gen_ai.completion',
  'gen_ai.completion.',
  'gen_ai.retrieval.',
  'gen_ai.evaluation.explanation',
  'gen_ai.event.content',
  // Ours.
  'agent_vitals.prompt.task',
  'agent_vitals.prompt.error_message',
  'agent_vitals.agent.task',
  'agent_vitals.approval.action',
  // OpenInference.
  'input.value',
  'output.value',
  'input.images.',
  'output.images.',
  'input.documents.',
  'output.documents.',
  'input.audio.',
  'output.audio.',
  'llm.input_messages',
  'llm.input_messages.',
  'llm.output_messages',
  'llm.output_messages.',
  'llm.prompts',
  'llm.prompts.',
  'llm.completions',
  'llm.completions.',
  'llm.choices.',
  'llm.prompt_template.',
  'llm.invocation_parameters',
  'llm.function_call',
  'llm.tools',
  'llm.tools.',
  'llm.tools_json',
  'embedding.embeddings',
  'embedding.embeddings.',
  'embedding.text',
  'embedding.vector',
  'embedding.invocation_parameters',
  'retrieval.documents',
  'retrieval.documents.',
  'reranker.query',
  'reranker.input_documents',
  'reranker.input_documents.',
  'reranker.output_documents',
  'reranker.output_documents.',
  'tool.parameters',
  'tool.json_schema',
  'tool.description',
  'tool_call.function.arguments',
  'message.content',
  'message.contents.',
  'message.function_call_arguments_json',
  'message_content.',
  'document.content',
  'document.metadata',
  // AI SDK.
  'ai.prompt',
  'ai.prompt.',
  'ai.response.text',
  'ai.response.object',
  'ai.response.reasoning',
  'ai.response.files',
  'ai.response.toolCalls',
  'ai.result.',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'ai.value',
  'ai.values',
  'ai.embedding',
  'ai.embeddings',
  'ai.schema',
  'ai.documents',
  'ai.query',
  'ai.ranking',
  'ai.settings.context.',
  // OpenLLMetry and others.
  'traceloop.entity.input',
  'traceloop.entity.output',
  'traceloop.prompt.template_variables',
  'llm.request.functions',
  'llm.request.functions.',
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'langfuse.trace.output',
  'anthropic.tool_result.content',
  'mlflow.spanInputs',
  'mlflow.spanOutputs',
  'gcp.vertex.agent.llm_request',
  'gcp.vertex.agent.llm_response',
  'gcp.vertex.agent.tool_call_args',
  'gcp.vertex.agent.tool_response',
  'all_messages_events',
  'pydantic_ai.all_messages',
  'final_result',
  'db.query.result.document',
  'db.query.result.metadata',
]);

/** Short names that mean content on a GenAI span and may mean anything on another. */
const GENERIC = matcher([
  'exception.message',
  'exception.stacktrace',
  'error.message',
  'metadata',
  'events',
  'message.',
  'document.',
  'prompt.',
  'input',
  'output',
  'input.',
  'output.',
  'prompt',
  'completion',
  'response',
  'query',
  'tool_arguments',
  'tool_response',
]);

const USER = matcher([
  'user.id',
  'user.name',
  'user.full_name',
  'user.email',
  'enduser.id',
  'enduser.pseudo.id',
  'llm.user',
  'gen_ai.user',
  'gen_ai.user.id',
  'gen_ai.request.user',
  'gen_ai.openai.request.user',
  'openai.request.user',
  'langfuse.user.id',
  'user_id',
  'userId',
  'traceloop.user.id',
]);
/** The bags of metadata of other instrumentations, where people put their user's id. */
const USER_IN_METADATA =
  /^(?:ai\.telemetry\.metadata|traceloop\.association\.properties|langfuse\.(?:trace|observation)\.metadata|metadata)\..*(?:user|email|customer)/i;

const SECRET =
  /(?:^|[._-])(?:authorization|proxy-authorization|cookie|set-cookie|(?:x-)?(?:goog-)?api[-_]?key|access[-_]?token|client[-_]?secret|password)$/i;
const SECRET_BELOW = matcher(['ai.request.headers.', 'llm.headers', 'llm.request.headers.']);

/** Namespaces of GenAI, where only what is listed below may hold texts. */
const NAMESPACES = [
  'gen_ai.',
  'llm.',
  'ai.',
  'traceloop.',
  'openinference.',
  'langfuse.',
  'embedding.',
  'reranker.',
  'retrieval.',
  'gcp.vertex.agent.',
];
const HARMLESS = matcher([
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.system',
  'gen_ai.conversation.id',
  'gen_ai.output.type',
  'gen_ai.agent.id',
  'gen_ai.agent.name',
  'gen_ai.agent.version',
  'gen_ai.workflow.name',
  'gen_ai.tool.name',
  'gen_ai.tool.type',
  'gen_ai.tool.call.id',
  'gen_ai.data_source.id',
  'gen_ai.prompt.name',
  'gen_ai.token.type',
  'gen_ai.response.id',
  'gen_ai.response.model',
  'gen_ai.response.finish_reasons',
  'gen_ai.response.finish_reason',
  'gen_ai.evaluation.name',
  'gen_ai.evaluation.score.label',
  'gen_ai.request.model',
  'gen_ai.request.encoding_formats',
  'gen_ai.request.stop_sequences',
  'gen_ai.request.reasoning.level',
  'gen_ai.request.service_tier',
  'gen_ai.request.previous_response.id',
  'gen_ai.openai.request.service_tier',
  'gen_ai.openai.response.service_tier',
  'gen_ai.openai.response.system_fingerprint',
  'gen_ai.openai.api_base',
  'gen_ai.openai.api_version',
  'llm.model_name',
  'llm.provider',
  'llm.system',
  'llm.request.type',
  'llm.request.model',
  'llm.response.model',
  'llm.response.finish_reason',
  'llm.response.stop_reason',
  'llm.finish_reason',
  'llm.vendor',
  'llm.chat.stop_sequences',
  'embedding.model_name',
  'reranker.model_name',
  'openinference.span.kind',
  'ai.operationId',
  'ai.model.provider',
  'ai.model.id',
  'ai.response.id',
  'ai.response.model',
  'ai.response.timestamp',
  'ai.response.finishReason',
  'ai.finishReason',
  'ai.telemetry.functionId',
  'ai.telemetry.metadata.',
  'ai.toolCall.name',
  'ai.toolCall.id',
  'ai.schema.name',
  'ai.settings.output',
  'ai.settings.mode',
  'traceloop.span.kind',
  'traceloop.workflow.name',
  'traceloop.entity.name',
  'traceloop.entity.path',
  'traceloop.entity.version',
  'traceloop.association.properties.',
  'traceloop.prompt.key',
  'traceloop.prompt.version_name',
  'langfuse.observation.type',
  'langfuse.environment',
  'langfuse.release',
  'langfuse.version',
  'langfuse.trace.name',
  'langfuse.session.id',
]);

/** Events of the conventions up to 1.37 whose very purpose is content. */
const CONTENT_EVENT = /^gen_ai\.(?:content\.|client\.inference|system\.|user\.|assistant\.|tool\.|choice)/;

const MAX_CACHED_NAMES = 5000;
const cache = new Map<string, ContentKind>();

export function contentKindOf(name: string): ContentKind {
  let kind = cache.get(name);
  if (kind === undefined) {
    kind = judge(name);
    // Names with an index (`gen_ai.prompt.17.content`) can be many.
    if (cache.size >= MAX_CACHED_NAMES) cache.clear();
    cache.set(name, kind);
  }
  return kind;
}

/** Whether the name alone makes its span a GenAI span. */
export function isGenAiName(name: string): boolean {
  return NAMESPACES.some((namespace) => name.startsWith(namespace));
}

export function isContentEvent(name: string): boolean {
  return CONTENT_EVENT.test(name);
}

function judge(name: string): ContentKind {
  if (SECRET.test(name) || SECRET_BELOW(name)) return 'secret';
  if (USER(name) || USER_IN_METADATA.test(name)) return 'user';
  if (HARMLESS(name)) return 'plain';
  if (CONTENT(name)) return 'content';
  if (isGenAiName(name)) return 'unknown';
  return GENERIC(name) ? 'generic' : 'plain';
}

function matcher(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !name.endsWith('.')));
  const prefixes = names.filter((name) => name.endsWith('.'));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
