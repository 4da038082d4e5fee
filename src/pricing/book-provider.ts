// Which provider of the price book a call is billed by. Must never guess: a self-hosted model is not billed as a cloud's.

/** `gen_ai.provider.name` (conventions and common spellings) to the book's provider, where the two differ. */
const BOOK_IDS: ReadonlyMap<string, string> = new Map([
  ['aws.bedrock', 'aws'],
  ['azure.ai.openai', 'azure'],
  ['azure.ai.inference', 'azure'],
  ['gcp.gemini', 'google'],
  ['gcp.gen_ai', 'google'],
  ['gcp.vertex_ai', 'google'],
  ['mistral_ai', 'mistral'],
  ['moonshot_ai', 'moonshotai'],
  ['x_ai', 'x-ai'],
  ['xai', 'x-ai'],
  ['together_ai', 'together'],
  ['fireworks_ai', 'fireworks'],
  ['novita_ai', 'novita'],
  ['cloudflare_workers_ai', 'cloudflare'],
  ['github_copilot', 'github-copilot'],
  ['voyage_ai', 'voyageai'],
  ['z_ai', 'zai'],
]);

/** Hosts that run models on somebody's own machines: no price list applies, whatever the model is called. */
const SELF_HOSTED = new Set([
  'ollama',
  'vllm',
  'lmstudio',
  'lm_studio',
  'llama_cpp',
  'llamafile',
  'localai',
  'tgi',
  'sglang',
  'jan',
]);

/**
 * Models that only their maker serves under this very name, so that a call through an unknown gateway is billed at the maker's price.
 * Open weights (gpt-oss, gemma, llama, mistral, deepseek, qwen) are served by anybody at any price and are not among them.
 */
const MAKERS: readonly (readonly [pattern: RegExp, bookProvider: string])[] = [
  [/^(?:gpt-\d[\w.-]*|chatgpt-[\w.-]+|o[134](?:-[\w.-]+)?|text-embedding-(?:3-\w+|ada-002))$/, 'openai'],
  [/^claude-[\w.-]+$/, 'anthropic'],
  [/^gemini-[\w.-]+$/, 'google'],
  [/^grok-[\w.-]+$/, 'x-ai'],
];

/**
 * The book's provider for a call, `undefined` when there is none.
 * @param isListed whether the book has a provider of this id.
 */
export function bookProvider(
  provider: string | undefined,
  model: string,
  isListed: (id: string) => boolean,
): string | undefined {
  if (provider !== undefined) {
    const id = BOOK_IDS.get(provider) ?? provider;
    if (isListed(id)) return id;
    if (SELF_HOSTED.has(provider)) return undefined;
  }
  return MAKERS.find(([pattern]) => pattern.test(model))?.[1];
}
