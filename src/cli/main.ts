// Entry of the `agent-vitals` command. Loads nothing before it knows that this Node can run the rest.
import { unsupportedNode } from '../internal/unsupported-node.ts';

const complaint = unsupportedNode();
if (complaint !== undefined) {
  process.stderr.write(complaint);
  process.exitCode = 1;
} else {
  void import('./program.ts').then(async ({ runProgram }) => {
    process.exitCode = await runProgram(process.argv.slice(2));
  });
}
