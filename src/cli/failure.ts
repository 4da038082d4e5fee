// What ends a command early: its message is for people, its exit code for scripts.

/** Exit code 1: it was asked for rightly and did not work. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly exitCode: number = 1;
}

/** Exit code 2: it was asked for wrongly. */
export class UsageError extends Failure {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}
