// An OTLP/HTTP endpoint of the test's own: keeps every body as it came, or behaves as badly as collectors do.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface OtlpSink {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** Path, headers and uncompressed body of each request. */
  readonly requests: { readonly path: string; readonly headers: string; readonly body: string }[];
  close(): void;
}

/** @param behaviour `hang` takes requests and never answers; a number is the status of every answer. */
export async function startOtlpSink(behaviour: 'hang' | number = 200): Promise<OtlpSink> {
  const requests: OtlpSink['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      requests.push({ path: request.url ?? '', headers: JSON.stringify(request.headers), body: body.toString('utf8') });
      if (behaviour !== 'hang') response.writeHead(behaviour, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
