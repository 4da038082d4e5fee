// Who serves a request, told by where it goes: half the trade speaks OpenAI's API. Nothing but the address is looked at.
import type { InferenceRequest } from '../inference/vendor-adapter.ts';

type Server = Pick<InferenceRequest, 'provider' | 'serverAddress' | 'serverPort'>;

/** Domains and the providers behind them and their subdomains. The conventions' well-known values where there is one, else their style. */
const PROVIDERS: Readonly<Record<string, string>> = {
  'openai.com': 'openai',
  'openai.azure.com': 'azure.ai.openai',
  'openai.azure.us': 'azure.ai.openai',
  'cognitiveservices.azure.com': 'azure.ai.openai',
  'services.ai.azure.com': 'azure.ai.inference',
  'models.ai.azure.com': 'azure.ai.inference',
  'models.inference.ai.azure.com': 'azure.ai.inference',
  'ai.azure.com': 'azure.ai.openai',
  'generativelanguage.googleapis.com': 'gcp.gemini',
  'aiplatform.googleapis.com': 'gcp.vertex_ai',
  'ml.cloud.ibm.com': 'ibm.watsonx.ai',
  'anthropic.com': 'anthropic',
  'cohere.ai': 'cohere',
  'cohere.com': 'cohere',
  'deepseek.com': 'deepseek',
  'groq.com': 'groq',
  'mistral.ai': 'mistral_ai',
  'perplexity.ai': 'perplexity',
  'x.ai': 'x_ai',
  'api.cerebras.ai': 'cerebras',
  'deepinfra.com': 'deepinfra',
  'fireworks.ai': 'fireworks',
  'githubcopilot.com': 'github_copilot',
  'huggingface.co': 'huggingface',
  'minimax.io': 'minimax',
  'minimaxi.com': 'minimax',
  'moonshot.ai': 'moonshot_ai',
  'moonshot.cn': 'moonshot_ai',
  'novita.ai': 'novita',
  'integrate.api.nvidia.com': 'nvidia',
  'ollama.com': 'ollama',
  'openrouter.ai': 'openrouter',
  'sambanova.ai': 'sambanova',
  'together.ai': 'together',
  'together.xyz': 'together',
  'voyageai.com': 'voyage_ai',
  'z.ai': 'z_ai',
};
const BEDROCK = /^bedrock(?:-[a-z]+)*\..*(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;
/** Google puts the region before the name, with a hyphen. */
const VERTEX = /^[a-z0-9-]+-aiplatform\.googleapis\.com$/;
/** What the Azure client makes of an endpoint; a gateway in front of Azure keeps it. */
const AZURE_PATH = /\/openai\/?$|\/openai\/deployments\//;
const OLLAMA_PORT = 11434;

let last: { readonly url: string; readonly server: Server } | undefined;

/** @param baseURL of the client. An app has one as a rule, so the last is remembered. */
export function readServer(baseURL: string | undefined): Server {
  if (baseURL === undefined) return { provider: 'openai' };
  if (last?.url !== baseURL) last = { url: baseURL, server: parse(baseURL) };
  return last.server;
}

function parse(baseURL: string): Server {
  if (!URL.canParse(baseURL)) return { provider: 'openai' };
  const { hostname, port, protocol, pathname } = new URL(baseURL);
  const serverPort = port ? Number(port) : protocol === 'http:' ? 80 : 443;
  return {
    provider: providerOf(hostname, serverPort, pathname),
    // The brackets around an IPv6 address belong to the URL, not to the address.
    serverAddress: hostname.replace(/^\[(.*)\]$/, '$1'),
    serverPort,
  };
}

function providerOf(hostname: string, port: number, pathname: string): string {
  // From the longest suffix down, whole labels only: `smollama.com` is not `ollama.com`.
  for (let domain = hostname; domain !== ''; domain = domain.slice(domain.indexOf('.') + 1)) {
    if (Object.hasOwn(PROVIDERS, domain)) return PROVIDERS[domain] as string;
    if (!domain.includes('.')) break;
  }
  if (BEDROCK.test(hostname)) return 'aws.bedrock';
  if (VERTEX.test(hostname)) return 'gcp.vertex_ai';
  if (port === OLLAMA_PORT) return 'ollama';
  if (AZURE_PATH.test(pathname)) return 'azure.ai.openai';
  // "The gen_ai.provider.name attribute acts as a discriminator that identifies the GenAI telemetry format flavor": that of an unknown
  // gateway is OpenAI's. What it really is, `server.address` tells.
  return 'openai';
}
