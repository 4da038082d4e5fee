import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { runProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import type { Reading } from './child/read-journal.ts';

const CHILD = fileURLToPath(new URL('child/read-journal.ts', import.meta.url));
const MEGABYTE = 1024 * 1024;

type Piece = string | { readonly of: string | Buffer; readonly megabytes: number } | { readonly holeMegabytes: number };

/** A journal file of texts, of one thing again and again, and of holes, which a disk gives as NULs. */
function writePieces(dir: string, pieces: readonly Piece[]): void {
  const fd = openSync(writeJournal(dir, []), 'a');
  for (const piece of pieces) {
    if (typeof piece === 'string') writeSync(fd, piece);
    else if ('holeMegabytes' in piece) ftruncateSync(fd, fstatSync(fd).size + piece.holeMegabytes * MEGABYTE);
    else {
      const block = Buffer.alloc(MEGABYTE, piece.of);
      for (let written = 0; written < piece.megabytes; written++) writeSync(fd, block);
    }
  }
  closeSync(fd);
}

async function read(pieces: readonly Piece[]): Promise<Reading> {
  const dir = tempDir();
  writePieces(dir, pieces);
  const { code, stdout, stderr } = await runProcess(process.execPath, ['--import', 'tsx', CHILD, dir], {
    timeoutMillis: 110_000,
  });
  expect(code, stderr).to.equal(0);
  return JSON.parse(stdout) as Reading;
}

describe('a line too long to be one', function () {
  this.timeout(120_000);
  after(removeTempDirs);

  const good = (): string => `${callLine()}\n`;
  const [head, tail] = callLine({ workflow: 'LONG' }).split('LONG') as [string, string];

  it('costs no more memory the longer it is', async () => {
    const { calls, lines, corruptLines, megabytesBefore, megabytes } = await read([
      good(),
      { holeMegabytes: 1024 },
      '\n',
      good(),
    ]);
    expect({ calls, lines, corruptLines }).to.deep.equal({ calls: 2, lines: 3, corruptLines: 1 });
    expect(megabytes - megabytesBefore).to.be.lessThan(200);
  });

  it('takes none of its neighbours with it, whatever it is made of', async () => {
    const made: readonly Piece[] = ['x', '[', '{},', '{"a":', '\0', '漢', Buffer.from([0xff]), callLine()].map(
      (of) => ({
        of,
        megabytes: 64,
      }),
    );
    const { calls, lines, corruptLines, megabytesBefore, megabytes } = await read([
      ...made.flatMap((piece) => [good(), piece, '\n']),
      good(),
      // One whose only fault is its length.
      head,
      { of: 'é', megabytes: 64 },
      `${tail}\n`,
      good(),
      { of: 'x', megabytes: 64 },
    ]);
    expect({ calls, lines, corruptLines }).to.deep.equal({ calls: 10, lines: 20, corruptLines: 10 });
    expect(megabytes - megabytesBefore).to.be.lessThan(200);
  });

  it('is not one that a collector with a full batch, or much content, writes', async () => {
    const { calls, corruptLines } = await read([good(), head, { of: 'é', megabytes: 24 }, `${tail}\n`, good()]);
    expect({ calls, corruptLines }).to.deep.equal({ calls: 3, corruptLines: 0 });
  });
});
