// Who serves a request, told by the host it goes to: Anthropic's models are sold by others too.
import type { InferenceRequest } from '../inference/vendor-adapter.ts';

type Server = Pick<InferenceRequest, 'provider' | 'serverAddress' | 'serverPort'>;

const PROVIDERS: readonly (readonly [host: RegExp, provider: string])[] = [
  [/(?:^|\.)bedrock(?:-[a-z]+)*\..*(?:amazonaws\.com(?:\.cn)?|api\.aws)$/, 'aws.bedrock'],
  [/(?:^|[.-])aiplatform\.googleapis\.com$/, 'gcp.vertex_ai'],
  [/\.services\.ai\.azure\.com$/, 'azure.ai.inference'],
];

let last: { readonly url: string; readonly server: Server } | undefined;

/** @param baseURL of the client. An app has one as a rule, so the last is remembered. */
export function readServer(baseURL: string | undefined): Server {
  if (baseURL === undefined) return { provider: 'anthropic' };
  if (last?.url !== baseURL) last = { url: baseURL, server: parse(baseURL) };
  return last.server;
}

function parse(baseURL: string): Server {
  if (!URL.canParse(baseURL)) return { provider: 'anthropic' };
  const { hostname, port, protocol } = new URL(baseURL);
  return {
    provider: PROVIDERS.find(([host]) => host.test(hostname))?.[1] ?? 'anthropic',
    // The brackets around an IPv6 address belong to the URL, not to the address.
    serverAddress: hostname.replace(/^\[(.*)\]$/, '$1'),
    serverPort: port ? Number(port) : protocol === 'http:' ? 80 : 443,
  };
}
