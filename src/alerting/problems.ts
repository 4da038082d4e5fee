// How alerting says what goes wrong: handed in, for what has been said belongs to the whole process.

export interface Problems {
  /** Says a problem once. The text holds no secret. */
  readonly warn: (key: string, message: string) => void;
  /** It is over: if it comes back it is said again. */
  readonly clear: (key: string) => void;
}
