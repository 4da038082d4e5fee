// Writes numbered lines to a journal through the real backend, once it is told to on stdin, and notes of each which file it is in:
// `write-journal.ts <data directory> <writer> <lines> <lines a batch> <max total bytes> <file for the notes>`.

import { once } from 'node:events';
import { openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { batchOf } from '../../../src/backends/batch.ts';
import { JournalBackend } from '../../../src/backends/journal/journal-backend.ts';
import { OwnWriter } from '../../../src/backends/shipping/own-writer.ts';
import { numberedLine } from '../numbered-lines.ts';

const [dir = '', writer, lines, batch, maxTotalBytes, notes = ''] = process.argv.slice(2);
const journal = new JournalBackend({
  dir,
  own: new OwnWriter(dir),
  maxFileBytes: 10_000,
  maxTotalBytes: Number(maxTotalBytes),
  retentionDays: 90,
});
const noted = openSync(notes, 'a');
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
journal.start();
for (let number = 0; number < Number(lines); ) {
  const numbers = Array.from({ length: Math.min(Number(batch), Number(lines) - number) }, () => number++);
  journal.accept(
    batchOf(
      'traces',
      numbers.map((one) => numberedLine(Number(writer), one)),
    ),
  );
  // Of several lines the first may be in the file before.
  writeSync(noted, `${numbers.join(',')} ${basename(String(journal.status().details?.file))}\n`);
  await nextTurn();
}
await journal.shutdown();
const { accepted, dropped } = journal.status();
if (accepted !== Number(lines) || Object.keys(dropped).length > 0)
  throw new Error(`dropped ${JSON.stringify(dropped)}`);
