// A DNS server of the test's own, over real UDP, whose answers change as the test wants.

import { promises as dns, type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createUDPServer, Packet } from 'dns2';

const ADDRESS_TYPES: ReadonlyMap<number, 4 | 6> = new Map([
  [Packet.TYPE.A, 4],
  [Packet.TYPE.AAAA, 6],
]);

export class DnsServer {
  /** Names that were asked for an IPv4 address, in their order. */
  readonly asked: string[] = [];
  readonly #server: ReturnType<typeof createUDPServer>;
  readonly #resolver = new dns.Resolver({ timeout: 2000, tries: 1 });

  /** @param answer addresses of a name, of both families, when it is asked for the `time`th time, from 0. None: there is no such name. */
  private constructor(answer: (name: string, time: number) => readonly string[]) {
    this.#server = createUDPServer((request, send) => {
      const [question] = request.questions;
      const response = Packet.createResponseFromRequest(request);
      const family = ADDRESS_TYPES.get(question?.type ?? 0);
      if (question && family) {
        const { name } = question;
        const time = this.asked.filter((other) => other === name).length;
        // It is asked for both families at one time: the second question is the same one.
        const addresses = answer(name, family === 4 ? time : Math.max(0, time - 1));
        if (family === 4) this.asked.push(name);
        for (const address of addresses.filter((one) => one.includes(':') === (family === 6))) {
          response.answers.push({ name, type: question.type, class: Packet.CLASS.IN, ttl: 0, address } as never);
        }
        if (addresses.length === 0) response.header.rcode = 3;
      }
      void send(response);
    });
  }

  static async start(answer: (name: string, time: number) => readonly string[]): Promise<DnsServer> {
    const server = new DnsServer(answer);
    // A socket of datagrams says that it listens through the promise of dns2's own.
    void server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    server.#resolver.setServers([`127.0.0.1:${server.#server.address().port}`]);
    return server;
  }

  /** Asks it for the addresses of a name, as the system's resolver would. */
  readonly resolve = async (name: string): Promise<readonly LookupAddress[]> => {
    const four = await this.#resolver.resolve4(name).catch(ignoreEmpty);
    const six = await this.#resolver.resolve6(name).catch(ignoreEmpty);
    return [...four.map((address) => ({ address, family: 4 })), ...six.map((address) => ({ address, family: 6 }))];
  };

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

function ignoreEmpty(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENODATA') return [];
  throw error;
}
