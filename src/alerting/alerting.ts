// Evaluating and telling, put together. A file of its own, loaded when there is a rule: it must hold no state that the rest of the process shares, which is handed in.
import { logs, metrics, SeverityNumber } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Config } from '../config/option-table.ts';
import { VERSION } from '../internal/version.ts';
import {
  AGENT_VITALS_ALERT_FINGERPRINT,
  AGENT_VITALS_ALERT_LABEL_PREFIX,
  AGENT_VITALS_ALERT_PREVIOUS_STATE,
  AGENT_VITALS_ALERT_RULE,
  AGENT_VITALS_ALERT_SEVERITY,
  AGENT_VITALS_ALERT_STATE,
  AGENT_VITALS_ALERT_THRESHOLD,
  AGENT_VITALS_ALERT_VALUE,
  AGENT_VITALS_INSTRUMENT,
  EVENT_ALERT_TRANSITION,
  METRIC_ALERT_FIRING,
  METRIC_SERIES_FOLDED,
  SCOPE_NAME,
  SERIES_FOLDED_OPTIONS,
} from '../semconv.ts';
import { AlertEngine } from './alert-engine.ts';
import { Slices } from './evaluation/slices.ts';
import { createNotifier, type NotifierSources } from './notify/create-notifier.ts';
import type { Transition } from './notify/history.ts';
import type { Notifier } from './notify/notifier.ts';
import { parseRules, parseRulesInSlices } from './parse-rule.ts';
import type { Problems } from './problems.ts';

export interface AlertingOptions {
  readonly config: Pick<Config, 'dir' | 'alerts'>;
  /** See `AlertEngineOptions`. */
  readonly writer: string;
  readonly origin: string;
  readonly measuresSinceMillis: number | undefined;
  readonly startsLate?: boolean;
  readonly problems: Problems;
  /** Told of each change of a series' state by the process that evaluates. Must not throw. */
  readonly onTransition?: ((transition: Transition) => void) | undefined;
  /** See {@link NotifierSources.print}. */
  readonly print?: NotifierSources['print'];
}

const SEVERITY_NUMBERS = { info: SeverityNumber.INFO, warning: SeverityNumber.WARN, critical: SeverityNumber.ERROR };

export class Alerting {
  readonly engine: AlertEngine;
  readonly notifier: Notifier;
  readonly #stopObserving: () => void;

  /** In short pieces, with many rules too: what takes its time is done before the first {@link refresh}. */
  static async open(options: AlertingOptions): Promise<Alerting> {
    const slices = new Slices();
    const rules = await parseRulesInSlices(options.config.alerts.rules, slices);
    await slices.next();
    const alerting = new Alerting(options, rules);
    await slices.next();
    alerting.engine.open();
    await slices.next();
    return alerting;
  }

  constructor(
    { config, problems, print, onTransition, ...options }: AlertingOptions,
    rules = parseRules(config.alerts.rules),
  ) {
    const { intervalMillis, maxSeries } = config.alerts;
    const meter = metrics.getMeter(SCOPE_NAME, VERSION);
    const folded = meter.createCounter(METRIC_SERIES_FOLDED, SERIES_FOLDED_OPTIONS);
    this.engine = new AlertEngine({
      ...options,
      dir: config.dir,
      rules,
      intervalMillis,
      maxSeries,
      problems,
      publish: (alert, cooldownMillis) => this.notifier.publish(alert, cooldownMillis),
      onEvaluated: (transitions) => {
        for (const transition of transitions) {
          emitEvent(transition);
          onTransition?.(transition);
        }
      },
      onFold: (metric) => folded.add(1, { [AGENT_VITALS_INSTRUMENT]: metric }),
    });
    const { notifier } = createNotifier({
      alerts: config.alerts,
      database: () => this.engine.database(),
      warn: problems.warn,
      ...(print && { print }),
    });
    this.notifier = notifier;
    this.#stopObserving = observeFiring(this.engine);
  }

  /** Whether there is any rule to evaluate, so that what was measured is asked for. */
  refresh(): boolean {
    return this.engine.refresh();
  }

  /** See {@link AlertEngine.tick}; then people are told of what is due, by this process or another. Never rejects. */
  async tick(measured?: ResourceMetrics, discard = false): Promise<void> {
    await this.engine.tick(measured, discard);
    this.notifier.check();
  }

  /** Tells what is due without waiting for more, at most for so long. */
  async flush(timeoutMillis: number): Promise<void> {
    await this.notifier.flush(timeoutMillis);
  }

  async close(): Promise<void> {
    this.#stopObserving();
    this.notifier.stop();
    await this.engine.close();
  }
}

/** What is wrong with the option `alerts.rules`, a sentence each. */
export function ruleProblems(rules: readonly object[]): readonly string[] {
  return parseRules(rules).problems;
}

/** The event of a transition: into the journal and to the collector, as all events go. */
function emitEvent({ rule, fingerprint, labels, severity, from, to, value, threshold, atMillis }: Transition): void {
  const prefixed = Object.entries(labels).map(([name, text]) => [`${AGENT_VITALS_ALERT_LABEL_PREFIX}${name}`, text]);
  const isOver = to === 'resolved' || to === 'inactive';
  logs.getLogger(SCOPE_NAME, VERSION).emit({
    eventName: EVENT_ALERT_TRANSITION,
    timestamp: atMillis,
    severityNumber: isOver ? SeverityNumber.INFO : SEVERITY_NUMBERS[severity],
    attributes: {
      [AGENT_VITALS_ALERT_RULE]: rule,
      [AGENT_VITALS_ALERT_FINGERPRINT]: fingerprint,
      [AGENT_VITALS_ALERT_SEVERITY]: severity,
      [AGENT_VITALS_ALERT_PREVIOUS_STATE]: from,
      [AGENT_VITALS_ALERT_STATE]: to,
      [AGENT_VITALS_ALERT_THRESHOLD]: threshold,
      ...(value !== null && { [AGENT_VITALS_ALERT_VALUE]: value }),
      ...Object.fromEntries(prefixed),
    },
  });
}

/** Of the one process that evaluates: the others would say the same once more. */
function observeFiring(engine: AlertEngine): () => void {
  const gauge = metrics.getMeter(SCOPE_NAME, VERSION).createObservableGauge(METRIC_ALERT_FIRING, {
    unit: '{alert}',
    description: 'Alerts that fire, by rule.',
  });
  const observe: Parameters<typeof gauge.addCallback>[0] = (result) => {
    if (!engine.isEvaluating) return;
    for (const [check, firing] of engine.firing()) {
      result.observe(firing, {
        [AGENT_VITALS_ALERT_RULE]: check.rule.name,
        [AGENT_VITALS_ALERT_SEVERITY]: check.severity,
      });
    }
  };
  gauge.addCallback(observe);
  return () => gauge.removeCallback(observe);
}
