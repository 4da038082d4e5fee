// Who serves a request: Anthropic's models are sold by others too. Told by the client made for them, or by the host it goes to.
import type { InferenceRequest } from '../inference/vendor-adapter.ts';

type Server = Pick<InferenceRequest, 'provider' | 'serverAddress' | 'serverPort'>;

/** The client class is that of Anthropic's package for the platform; behind a gateway the host says nothing. */
const PLATFORMS: readonly (readonly [clientClass: RegExp, host: RegExp, provider: string])[] = [
  [/^AnthropicBedrock/, /(?:^|\.)bedrock(?:-[a-z]+)*\..*(?:amazonaws\.com(?:\.cn)?|api\.aws)$/, 'aws.bedrock'],
  [/^AnthropicVertex/, /(?:^|[.-])aiplatform\.googleapis\.com$/, 'gcp.vertex_ai'],
  [/^AnthropicFoundry/, /\.services\.ai\.azure\.com$/, 'azure.ai.inference'],
];

let last: { readonly baseURL: string; readonly clientClass: string; readonly server: Server } | undefined;

/** An app has one client as a rule, so the last answer is remembered. */
export function readServer(baseURL = '', clientClass = ''): Server {
  if (last?.baseURL !== baseURL || last.clientClass !== clientClass) {
    last = { baseURL, clientClass, server: parse(baseURL, clientClass) };
  }
  return last.server;
}

function parse(baseURL: string, clientClass: string): Server {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  const platform = PLATFORMS.find(([client, host]) => client.test(clientClass) || (url && host.test(url.hostname)));
  const provider = platform?.[2] ?? 'anthropic';
  if (!url) return { provider };
  return {
    provider,
    // The brackets around an IPv6 address belong to the URL, not to the address.
    serverAddress: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    serverPort: url.port ? Number(url.port) : url.protocol === 'http:' ? 80 : 443,
  };
}
