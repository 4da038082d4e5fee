// When a channel is to be told of an alert. Knows no database and no clock.

/** What is to be told. */
export interface Tellable {
  readonly state: 'firing' | 'resolved';
  /** Tells one time a series fires from the next. */
  readonly startsAtMillis: number;
  /** Milliseconds after which a channel is told again that it still fires; 0: never. */
  readonly cooldownMillis: number;
}

/** What has been told. `trying`: somebody began to tell that it fires, and may have or not. */
export interface Told {
  readonly state: 'trying' | 'firing' | 'resolved';
  readonly startsAtMillis: number;
  readonly atMillis: number;
}

/**
 * Milliseconds since the epoch at which the channel is to be told, `null` for never as things are.
 * @param told `undefined`: nothing yet.
 */
export function dueAt(alert: Tellable, told: Told | undefined, nowMillis: number): number | null {
  if (alert.state === 'resolved') {
    // Who never heard that it fires need not hear that it is over.
    return told === undefined || told.state === 'resolved' ? null : nowMillis;
  }
  const isNews = told?.state !== 'firing' || told.startsAtMillis !== alert.startsAtMillis;
  if (isNews) return nowMillis;
  // A clock that was set back since must not hold the next one up.
  return alert.cooldownMillis === 0 ? null : Math.min(told.atMillis, nowMillis) + alert.cooldownMillis;
}
