// Asks before something is removed.
import { createInterface } from 'node:readline/promises';
import { Failure, UsageError } from './failure.ts';

/**
 * @param yes it has been answered by `--yes`.
 * @param what would be removed.
 * @throws {UsageError} when there is nobody to ask, {Failure} when the answer is not yes.
 */
export async function confirmRemoval(what: string, from: string, yes = false): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new UsageError(`There is no terminal to ask on. Give --yes to remove ${what}.`);
  if (!(await confirm(`Remove ${what} from ${from}?`))) throw new Failure('Nothing was removed.');
}

async function confirm(question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } catch {
    // Ctrl-C or the end of the input: no answer is no.
    return false;
  } finally {
    asking.close();
  }
}
