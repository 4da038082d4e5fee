// The life of one series of a rule, as in Prometheus: inactive, pending, firing, and for a while resolved. Knows no clock and no database.

export type AlertState = 'inactive' | 'pending' | 'firing' | 'resolved';

/** A series that is not inactive. Milliseconds since the epoch. */
export interface SeriesState {
  readonly state: Exclude<AlertState, 'inactive'>;
  /** When the condition began to hold. */
  readonly activeMillis: number;
  /** When it began to fire. */
  readonly firedMillis: number | undefined;
  /** Since when it fires only because of keepFiringFor. */
  readonly keptMillis: number | undefined;
  readonly resolvedMillis: number | undefined;
}

/** How long a series is shown as resolved, in milliseconds. Prometheus keeps it as long. */
export const RESOLVED_MILLIS = 15 * 60_000;

/** @returns `undefined` for inactive; the same object when nothing has changed. */
export function nextState(
  state: SeriesState | undefined,
  holds: boolean,
  nowMillis: number,
  rule: { readonly forMillis: number; readonly keepFiringForMillis: number },
): SeriesState | undefined {
  const isFiring = state?.state === 'firing';
  if (holds) {
    if (isFiring) return state.keptMillis === undefined ? state : { ...state, keptMillis: undefined };
    const activeMillis = state?.state === 'pending' ? state.activeMillis : nowMillis;
    if (nowMillis - activeMillis >= rule.forMillis) return firing(activeMillis, nowMillis);
    return state?.state === 'pending' ? state : pending(activeMillis);
  }
  if (isFiring) {
    const keptMillis = state.keptMillis ?? nowMillis;
    if (nowMillis - keptMillis < rule.keepFiringForMillis) return { ...state, keptMillis };
    return { ...state, state: 'resolved', keptMillis: undefined, resolvedMillis: nowMillis };
  }
  if (state?.state === 'resolved' && nowMillis - (state.resolvedMillis ?? 0) < RESOLVED_MILLIS) return state;
  return undefined;
}

/** Whether time alone can change it. */
export function isTimed(state: SeriesState): boolean {
  return state.state !== 'firing' || state.keptMillis !== undefined;
}

/** The clock was set: what is waited for takes as long as before. */
export function shiftState(state: SeriesState, byMillis: number): SeriesState {
  return {
    ...state,
    activeMillis: state.state === 'pending' ? state.activeMillis + byMillis : state.activeMillis,
    keptMillis: state.keptMillis === undefined ? undefined : state.keptMillis + byMillis,
    resolvedMillis: state.resolvedMillis === undefined ? undefined : state.resolvedMillis + byMillis,
  };
}

function pending(activeMillis: number): SeriesState {
  return { state: 'pending', activeMillis, firedMillis: undefined, keptMillis: undefined, resolvedMillis: undefined };
}

function firing(activeMillis: number, firedMillis: number): SeriesState {
  return { state: 'firing', activeMillis, firedMillis, keptMillis: undefined, resolvedMillis: undefined };
}
