// Ships what lies in a data directory, for all processes that have written there and do not ship it themselves: dead or living. Writes no telemetry
// of its own.
import type { BackendStatus, Signal } from '../backend.ts';
import { Adoption } from '../shipping/adoption.ts';
import { Claims, RENEW_MILLIS } from '../shipping/claims.ts';
import { Cursors } from '../shipping/cursors.ts';
import { createSenders, type SendersDisk } from './create-senders.ts';
import { otlpSignals } from './otlp-environment.ts';
import { rejectedBacklogs } from './rejected.ts';
import type { Sender } from './sender.ts';
import { statusOf } from './sender-status.ts';

export interface ShipperOptions {
  readonly disk: SendersDisk;
  readonly catchUpBytesPerSecond: number;
}

export class Shipper {
  readonly #dir: string;
  readonly #senders: ReadonlyMap<Signal, Sender>;
  readonly #adoption: Adoption;
  readonly #renew: NodeJS.Timeout;

  /** `undefined` when the environment names no collector. */
  static create(env: NodeJS.ProcessEnv, options: ShipperOptions): Shipper | undefined {
    const signals = otlpSignals(env);
    return signals.length === 0 ? undefined : new Shipper(signals, options);
  }

  private constructor(signals: readonly Signal[], { disk, catchUpBytesPerSecond }: ShipperOptions) {
    this.#dir = disk.dir;
    this.#senders = createSenders(signals, { disk, catchUpBytesPerSecond });
    this.#adoption = new Adoption({
      dir: disk.dir,
      claims: new Claims(disk.dir),
      cursors: new Cursors(disk.dir),
      signals,
      all: true,
      adopt: (signal, stored) => this.#senders.get(signal)?.adopt(stored),
    });
    this.#renew = setInterval(() => this.#adoption.renew(), RENEW_MILLIS).unref();
  }

  /** Looks for what has come since the last look, and ships it. */
  look(): void {
    this.#adoption.look();
  }

  /** Ships again what was set aside. */
  shipRejected(): void {
    for (const [signal, sender] of this.#senders) {
      for (const backlog of rejectedBacklogs(signal, this.#dir)) sender.adopt(backlog);
    }
  }

  /** Whether something that was found is not yet through. */
  get isBusy(): boolean {
    return this.#adoption.size > 0 || [...this.#senders.values()].some(({ isBusy }) => isBusy);
  }

  /** Writers that have left something, and whose holder, which cannot be asked, gives no sign of life: after a minute it counts as dead. */
  get silent(): number {
    return this.#adoption.silent;
  }

  /** Whether the collector is left alone after a failure. */
  get isBackingOff(): boolean {
    return [...this.#senders.values()].some(({ isBackingOff }) => isBackingOff);
  }

  status(): BackendStatus {
    return statusOf([...this.#senders.values()], this.#adoption.waiting);
  }

  async close(): Promise<void> {
    clearInterval(this.#renew);
    await Promise.all([...this.#senders.values()].map((sender) => sender.shutdown(0)));
    this.#adoption.close();
  }
}
