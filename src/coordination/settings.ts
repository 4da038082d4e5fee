// What the user's options say about coordination. The runtime sets them; who only imports the API gets them from the environment and the file.
import type { Config } from '../config/option-table.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { warnOnce } from '../internal/log.ts';

export type CoordinationSettings = Pick<Config, 'dir' | 'redisUrl' | 'coordination'>;

let settings: CoordinationSettings | undefined;

export function configureCoordination(config: CoordinationSettings): void {
  settings = config;
}

export function coordinationSettings(): CoordinationSettings {
  settings ??= fromEnvironment();
  return settings;
}

function fromEnvironment(): CoordinationSettings {
  const { config, warnings } = resolveConfig();
  if (warnings.length > 0) warnOnce('config', warnings.join(' '));
  return config;
}
