/** An option given in code, by flag or in the configuration file that cannot be used. The message says what, where, and what to write instead. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
