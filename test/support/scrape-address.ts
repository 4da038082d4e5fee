// Where a process under the flag serves /metrics, from its status file.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

/** `http://host:port` of the only process that wrote to the data directory `dir`, or of `pid`. */
export async function scrapeAddress(dir: string, pid?: number): Promise<string> {
  return eventually('the status file says where /metrics is', () => {
    for (const name of readdirSync(join(dir, 'status'))) {
      if (!name.endsWith('.json') || (pid !== undefined && !name.includes(String(pid)))) continue;
      const url = /http:\/\/[^"/\s]+/.exec(readFileSync(join(dir, 'status', name), 'utf8'))?.[0];
      if (url) return url;
    }
    return undefined;
  });
}
