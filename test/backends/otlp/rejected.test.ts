import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { setAside } from '../../../src/backends/otlp/rejected.ts';
import { REJECTED_DIRECTORY } from '../../../src/internal/data-directory.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

describe('what the collector refused', () => {
  after(removeTempDirs);

  it('takes at most a tenth of the journal at any time, the newest of it', () => {
    const dir = tempDir();
    const directory = join(dir, REJECTED_DIRECTORY);
    mkdirSync(directory, { recursive: true });
    // Of a process before.
    writeFileSync(join(directory, 'traces-20260101T000000000Z-http_400-1-1.jsonl'), 'x'.repeat(90_000));
    let most = 0;
    for (let request = 0; request < 300; request++) {
      const line = Buffer.from(`${String(request).padEnd(9_999 - (request % 7) * 900, '.')}\n`);
      setAside('traces', [line], 'http_400', { dir, maxTotalBytes: 1_000_000 });
      const bytes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
      most = Math.max(
        most,
        bytes.reduce((sum, size) => sum + size, 0),
      );
    }
    expect(most).to.be.within(80_000, 100_000);
    const kept = readdirSync(directory).map((name) => Number(/-(\d+)\.jsonl$/.exec(name)?.[1]));
    // None between the newest and the oldest of those that are kept is missing.
    expect(Math.max(...kept) - Math.min(...kept) + 1).to.equal(kept.length);
  });
});
