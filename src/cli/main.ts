// Entry of the `agent-vitals` command. Loads nothing before it knows that this Node can run the rest.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`agent-vitals needs Node >= 22.15, this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  void import('./program.ts').then(async ({ runProgram }) => {
    process.exitCode = await runProgram(process.argv.slice(2));
  });
}
