// Judges the whole journal for a command, with the engine that instrumented processes have. While one of them judges, it looks on.

import type { Alerting } from '../../alerting/alerting.ts';
import { openAlertsDatabase } from '../../alerting/alerts-database.ts';
import type { Reading } from '../../alerting/evaluation/evaluator.ts';
import { loadAlerting } from '../../alerting/load-alerting.ts';
import type { NotifierSources } from '../../alerting/notify/create-notifier.ts';
import type { Config } from '../../config/option-table.ts';
import { inTransaction } from '../../internal/database.ts';
import { fileProblem } from '../../internal/file-problem.ts';
import type { CommandTelemetry } from '../../runtime/command-telemetry.ts';
import { Failure } from '../failure.ts';
import { shortPath } from '../journal-report.ts';
import { note } from '../output.ts';

/** Longest time for telling people before a command ends. */
const TELL_MILLIS = 60_000;
/** Longest time that others may hold the database. */
const LOCKED_MILLIS = 10_000;

export interface Judgement {
  readonly atMillis: number;
  /** Whether this process judged; else another one does. */
  readonly isOurs: boolean;
  /** Rules that are judged, also those of which there is nothing to judge by yet. */
  readonly rules: number;
  readonly readings: readonly Reading[];
}

export interface JudgeOptions {
  /** Whether it goes on for long. */
  readonly isLasting?: boolean;
  readonly print?: NotifierSources['print'];
}

export class Judge {
  readonly #alerting: Alerting;
  readonly #telemetry: CommandTelemetry;
  readonly #isLasting: boolean;
  readonly #dir: string;

  /** @throws {Failure} when alerting is switched off. */
  static async open(config: Config, { isLasting = false, print }: JudgeOptions = {}): Promise<Judge> {
    if (!config.alerts.enabled) {
      throw new Failure('Alerting is switched off: alerts.enabled (AGENT_VITALS_ALERTS_ENABLED) is false.');
    }
    if (!isLasting) assertUsable(config.dir);
    // The SDK is loaded by who judges alone, not by every command on alerts.
    const { startCommandTelemetry } = await import('../../runtime/command-telemetry.ts');
    return new Judge(config, startCommandTelemetry(config, isLasting), { isLasting, print });
  }

  private constructor(config: Config, telemetry: CommandTelemetry, { isLasting = false, print }: JudgeOptions) {
    this.#telemetry = telemetry;
    this.#isLasting = isLasting;
    this.#dir = config.dir;
    const said = new Set<string>();
    const { Alerting: Loaded } = loadAlerting();
    this.#alerting = new Loaded({
      config,
      writer: `watch-${process.pid}`,
      origin: `${process.cwd()} agent-vitals alerts`,
      // It measures nothing itself: all it knows is the journal's, and what others have counted.
      measuresSinceMillis: undefined,
      problems: {
        warn: (key, message) => {
          if (!said.has(key)) note(message);
          said.add(key);
        },
        clear: (key) => void said.delete(key),
      },
      onTransition: telemetry.onTransition,
      ...(print && { print }),
    });
  }

  /**
   * @param tell whether people are told of what is due; else it is left to who looks next.
   * @throws {Failure} when it was to look but once, and could not: that is no all-clear.
   */
  async look(tell: boolean): Promise<Judgement> {
    const { engine } = this.#alerting;
    this.#alerting.refresh();
    if (tell) await this.#alerting.tick();
    else await engine.tick();
    if (!this.#isLasting && engine.isAlone) throw unusable(this.#dir, 'others use it without end');
    const rules = new Set([...engine.firing()].map(([{ rule }]) => rule.name)).size;
    const readings = engine.readings().toSorted(byUrgency);
    return { atMillis: Date.now(), isOurs: engine.isEvaluating, rules, readings };
  }

  /** Tells people what is due, without waiting for more. */
  flush(): Promise<void> {
    return this.#alerting.flush(TELL_MILLIS);
  }

  async close(): Promise<void> {
    await this.#alerting.close();
    await this.#telemetry.stop();
  }
}

/** @throws {Failure} */
function assertUsable(dir: string): void {
  try {
    const database = openAlertsDatabase(dir, LOCKED_MILLIS);
    try {
      inTransaction(database, () => undefined);
    } finally {
      database.close();
    }
  } catch (error) {
    throw unusable(dir, fileProblem(error), error);
  }
}

function unusable(dir: string, reason: string, cause?: unknown): Failure {
  return new Failure(`alerts.db in ${shortPath(dir)} cannot be used, so nothing is judged: ${reason}.`, { cause });
}

const URGENCY = ['firing', 'pending', 'resolved'];
const SEVERITY = ['critical', 'warning', 'info'];

/** What is urgent first, the gravest of it before the others; all else by name. */
function byUrgency(a: Reading, b: Reading): number {
  const rank = ({ state, severity }: Reading): number =>
    state === undefined ? Number.POSITIVE_INFINITY : URGENCY.indexOf(state.state) * 10 + SEVERITY.indexOf(severity);
  const [rankOfA, rankOfB] = [rank(a), rank(b)];
  return (
    (rankOfA === rankOfB ? 0 : rankOfA - rankOfB) ||
    (a.rule.name < b.rule.name ? -1 : Number(a.rule.name > b.rule.name)) ||
    a.threshold - b.threshold
  );
}
