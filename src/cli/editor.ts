// Lets a person change a text in the editor of their choice, as git and kubectl do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from './failure.ts';

/**
 * Opens `text` in `$VISUAL` or `$EDITOR` (else `vi`) and waits until the editor ends.
 * @param name of the file, by whose ending the editor knows what is in it.
 * @returns what the file holds then.
 * @throws {Failure} when there is no such editor, or it ends with an error.
 */
export async function editText(text: string, name: string): Promise<string> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
  const directory = mkdtempSync(join(tmpdir(), 'agent-vitals-'));
  const file = join(directory, name);
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // Through a shell: the variable may hold arguments (`code --wait`).
    const child = spawn(`${editor} "${file}"`, { stdio: 'inherit', shell: true });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Failure(`The editor (${editor}) ended with ${code ?? 'a signal'}. Nothing was changed.`);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
