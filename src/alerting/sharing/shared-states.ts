// The states of the rules' series, of which one process at a time is the judge: takes them over, writes what happens to them together with what people
// are to be told of it, and lets go of them. In pieces, none of which may hold the event loop for long.
import type { Clock } from '../clock.ts';
import type { Change, Check } from '../evaluation/check.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import type { Slices } from '../evaluation/slices.ts';
import type { SeriesState } from '../evaluation/state-machine.ts';
import type { Transition } from '../notify/history.ts';
import type { StoredState } from '../store/state-store.ts';
import { type Stores, write } from '../store/stores.ts';

export interface SharedStatesOptions {
  readonly evaluator: Evaluator;
  readonly clock: Clock;
  /** Told of what has changed and is written. */
  readonly onChanged: (transitions: readonly Transition[]) => void;
}

/** A series that is not inactive. */
interface Known {
  readonly check: Check;
  readonly slot: number;
  readonly state: SeriesState;
}

const TOLD_MILLIS = 60_000;

export class SharedStates {
  readonly #evaluator: Evaluator;
  readonly #clock: Clock;
  readonly #onChanged: SharedStatesOptions['onChanged'];
  /** Changes that are not written yet. */
  #pending: Change[] = [];
  /** States that rules have left that are no more. */
  #gone: StoredState[] = [];
  #toldAt: number;

  constructor({ evaluator, clock, onChanged }: SharedStatesOptions) {
    this.#evaluator = evaluator;
    this.#clock = clock;
    this.#onChanged = onChanged;
    this.#toldAt = clock.monotonic();
  }

  /** Goes on where another process, or an earlier life of this one, has stopped. */
  async takeOver(stores: Stores, slices: Slices): Promise<void> {
    // What this process found while it was alone is newer than what is stored.
    const own = await this.#known(slices);
    await this.#restore(stores, slices, this.#gone);
    await writeAll(stores, own, slices, ({ check, slot, state }) => {
      stores.states.save(check, slot);
      if (state.state !== 'pending') stores.states.publish(check, slot, state);
    });
  }

  /** For who looks on while another judges: the states that the other has found. */
  async lookOn(stores: Stores, slices: Slices): Promise<void> {
    for (const check of this.#evaluator.checks) check.forget();
    await this.#restore(stores, slices);
  }

  /** Ends what rules have left that are no more. */
  async endGone(stores: Stores, nowMillis: number, slices: Slices): Promise<void> {
    const end = (one: StoredState) => stores.states.end(one, nowMillis);
    await writeAll(stores, this.#gone, slices, end, (ended) =>
      this.#onChanged(ended.filter((transition) => transition !== undefined)),
    );
  }

  /** Rules are no more: what their series were is ended at the next turn. */
  leave(checks: readonly Check[]): void {
    for (const check of checks) {
      for (const [slot, state] of check.states) {
        const { fingerprint, values } = check.identityOf(slot);
        this.#gone.push({ rule: check.rule.name, step: check.step ?? '', values, fingerprint, state });
      }
    }
  }

  /** Writes what has changed, and hands it to those who tell people. Says `false` when others evaluate by now: then nothing is written. */
  async record(stores: Stores, changes: readonly Change[], slices: Slices): Promise<boolean> {
    this.#pending.push(...changes);
    while (this.#pending.length > 0) {
      const written = await write(stores, () => {
        if (!stores.lease.isHeld()) return undefined;
        const transitions: Transition[] = [];
        do {
          const change = this.#pending[transitions.length] as Change;
          transitions.push(stores.states.record(change));
          stores.states.save(change.check, change.slot);
        } while (transitions.length < this.#pending.length && !slices.isOver());
        return transitions;
      });
      if (written === undefined) return false;
      this.#pending.splice(0, written.length);
      await slices.pause();
      this.#onChanged(written);
      await slices.pause();
    }
    return true;
  }

  /** What people are told of what fires is what it comes to now; what has been over for long is forgotten. */
  async refresh(stores: Stores, nowMillis: number, slices: Slices): Promise<void> {
    if (Math.abs(this.#clock.monotonic() - this.#toldAt) < TOLD_MILLIS) return;
    this.#toldAt = this.#clock.monotonic();
    const firing = (await this.#known(slices)).filter(({ state }) => state.state === 'firing');
    await writeAll(stores, firing, slices, ({ check, slot, state }) => stores.states.publish(check, slot, state));
    await write(stores, () => stores.states.prune(nowMillis));
  }

  /** Another evaluates: what is not written it finds itself. */
  drop(): void {
    this.#pending = [];
    this.#gone = [];
  }

  /** The series that are not inactive, as far as this process knows. */
  async #known(slices: Slices): Promise<Known[]> {
    const known: Known[] = [];
    for (const check of this.#evaluator.checks) {
      for (const [slot, state] of check.states) {
        known.push({ check, slot, state });
        if (slices.isOver()) await slices.pause();
      }
    }
    return known;
  }

  /** @param gone is given those of rules that are no more. */
  async #restore({ states, windows }: Stores, slices: Slices, gone?: StoredState[]): Promise<void> {
    const checks = new Map(this.#evaluator.checks.map((check) => [nameOf(check.rule.name, check.step), check]));
    for (const stored of states.load()) {
      for (const one of stored) {
        const check = checks.get(nameOf(one.rule, one.step));
        if (check?.view.by.length !== one.values.length) {
          gone?.push(one);
          continue;
        }
        const slot = check.view.restore(one.values);
        const series = check.view.groupAt(slot);
        if (series) windows.recallKind(...series);
        if (!check.states.has(slot)) check.restore(slot, one.state);
        if (slices.isOver()) await slices.pause();
      }
      await slices.pause();
    }
  }
}

function nameOf(rule: string, step = ''): string {
  return JSON.stringify([rule, step]);
}

/**
 * Takes what is written out of `items`.
 * @param onWritten is handed what `writeOne` has made, a piece at a time.
 */
async function writeAll<T, R>(
  stores: Stores,
  items: T[],
  slices: Slices,
  writeOne: (item: T) => R,
  onWritten?: (made: readonly R[]) => void,
): Promise<void> {
  while (items.length > 0) {
    const made = await write(stores, () => {
      const pieces: R[] = [];
      do pieces.push(writeOne(items[pieces.length] as T));
      while (pieces.length < items.length && !slices.isOver());
      return pieces;
    });
    items.splice(0, made.length);
    await slices.pause();
    onWritten?.(made);
  }
}
