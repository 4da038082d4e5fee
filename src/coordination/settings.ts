// What the user's options say about coordination. The runtime sets them; who only imports the API gets them from the environment and the file.
import type { Config } from '../config/option-table.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { warnOnce } from '../internal/log.ts';
import { switchedOffBy } from '../internal/switched-off.ts';

export type CoordinationSettings = Pick<
  Config,
  'alerts' | 'captureContent' | 'coordination' | 'dir' | 'disabled' | 'maxSeries' | 'redisUrl' | 'tiers'
>;

let settings: CoordinationSettings | undefined;

export function configureCoordination(config: CoordinationSettings): void {
  settings = config;
}

export function coordinationSettings(): CoordinationSettings {
  settings ??= fromEnvironment();
  return settings;
}

const DAY_MILLIS = 86_400_000;

/** How long is kept what is over. */
export function retentionMillis(): number {
  return coordinationSettings().coordination.retentionDays * DAY_MILLIS;
}

/** The user wants nothing of us. */
export function isSwitchedOff(): boolean {
  return coordinationSettings().disabled;
}

function fromEnvironment(): CoordinationSettings {
  const { config, warnings } = resolveConfig();
  if (warnings.length > 0) warnOnce('config', warnings.join(' '));
  return switchedOffBy(process.env).length > 0 ? { ...config, disabled: true } : config;
}
