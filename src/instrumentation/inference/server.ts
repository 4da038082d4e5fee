// Who serves a request, told by where it goes: half the trade speaks OpenAI's API, and some Anthropic's. Nothing but the address is looked at.
import type { ProviderName } from '../../semconv.ts';
import type { InferenceRequest, VendorCall } from './vendor-adapter.ts';

type Server = Pick<InferenceRequest, 'provider' | 'serverAddress' | 'serverPort'>;

/** Domains and the providers behind them and their subdomains. */
const PROVIDERS: Readonly<Record<string, ProviderName>> = {
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
  'together.ai': 'together_ai',
  'together.xyz': 'together_ai',
  'voyageai.com': 'voyage_ai',
  'z.ai': 'z_ai',
};
/** Behind a VPC endpoint it has a label before it. */
const BEDROCK = /(?:^|\.)bedrock(?:-[a-z]+)*\..*(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;
/** Google puts the region before the name, with a hyphen. */
const VERTEX = /^[a-z0-9-]+-aiplatform\.googleapis\.com$/;
/** What the Azure client makes of an endpoint; a gateway in front of Azure keeps it. */
const AZURE_PATH = /\/openai\/?$|\/openai\/deployments\//;
const OLLAMA_PORT = 11434;

let last: { readonly url: string; readonly otherwise: string; readonly server: Server } | undefined;

/**
 * @param call a path may be a whole URL; the client then goes there. An app has one server as a rule, so the last is remembered.
 * @param otherwise the provider where the address tells none: whose API it is. "The gen_ai.provider.name attribute acts as a discriminator
 * that identifies the GenAI telemetry format flavor"; what an unknown gateway really is, `server.address` tells.
 */
export function readServer(call: Pick<VendorCall, 'path' | 'baseURL'>, otherwise: string): Server {
  const { path, baseURL } = call;
  const url = !path.startsWith('/') && URL.canParse(path) ? path : baseURL;
  if (url === undefined) return { provider: otherwise };
  if (last?.url !== url || last.otherwise !== otherwise) last = { url, otherwise, server: parse(url, otherwise) };
  return last.server;
}

function parse(url: string, otherwise: string): Server {
  if (!URL.canParse(url)) return { provider: otherwise };
  const { hostname, port, protocol, pathname } = new URL(url);
  const serverPort = port ? Number(port) : protocol === 'http:' ? 80 : 443;
  return {
    provider: providerAt(hostname, serverPort, pathname) ?? otherwise,
    // The brackets around an IPv6 address belong to the URL, not to the address.
    serverAddress: hostname.replace(/^\[(.*)\]$/, '$1'),
    serverPort,
  };
}

function providerAt(hostname: string, port: number, pathname: string): ProviderName | undefined {
  // From the longest suffix down, whole labels only: `smollama.com` is not `ollama.com`.
  for (let domain = hostname; domain !== ''; domain = domain.slice(domain.indexOf('.') + 1)) {
    if (Object.hasOwn(PROVIDERS, domain)) return PROVIDERS[domain];
    if (!domain.includes('.')) break;
  }
  if (BEDROCK.test(hostname)) return 'aws.bedrock';
  if (VERTEX.test(hostname)) return 'gcp.vertex_ai';
  if (port === OLLAMA_PORT) return 'ollama';
  return AZURE_PATH.test(pathname) ? 'azure.ai.openai' : undefined;
}
