// Every option there is. Defaults, types, environment names, file keys and the option docs are all made from this one table.

interface Described {
  /** Environment variable: ours begin with `AGENT_VITALS_`; what OpenTelemetry names keeps OpenTelemetry's name. */
  readonly env: string;
  /** For people: what it does, its unit, and what 0 means. */
  readonly description: string;
}
interface BooleanOption extends Described {
  readonly kind: 'boolean';
  readonly default: boolean;
}
interface NumberOption extends Described {
  readonly kind: 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
}
interface StringOption extends Described {
  readonly kind: 'string';
  readonly default: string | undefined;
}
interface ChoiceOption extends Described {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default: string;
  /** Other spellings people know, and the choice each stands for. */
  readonly aliases?: Readonly<Record<string, string>>;
}
interface PricesOption extends Described {
  readonly kind: 'prices';
  readonly default: Readonly<Record<string, PriceOverride>>;
}
interface TiersOption extends Described {
  readonly kind: 'tiers';
  readonly default: Tiers;
}
interface RulesOption extends Described {
  readonly kind: 'rules';
  readonly default: readonly object[];
}
interface ListOption extends Described {
  readonly kind: 'list';
  readonly default: readonly string[];
}
interface ChannelsOption extends Described {
  readonly kind: 'channels';
  readonly default: Readonly<Record<string, object>>;
}
export type Option =
  | BooleanOption
  | NumberOption
  | StringOption
  | ChoiceOption
  | PricesOption
  | TiersOption
  | RulesOption
  | ListOption
  | ChannelsOption;

/** Classes of models, the cheapest first: name of the tier to its models, by name (`gpt-4o`, `openai/gpt-4o`) or pattern (`*haiku*`). */
export type Tiers = Readonly<Record<string, readonly string[]>>;

/** US dollars per million tokens. What is left out costs what `input` costs (caches) or nothing (`output` of embeddings). */
export interface PriceOverride {
  readonly input: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly output?: number;
}

export interface OptionTable {
  readonly [name: string]: Option | OptionTable;
}

const GIGABYTE = 1_000_000_000;
const DAY_MILLIS = 86_400_000;

export const optionTable = {
  dir: {
    kind: 'string',
    default: '.agent-vitals',
    env: 'AGENT_VITALS_DIR',
    description: 'Directory of the journal and all other files, relative to the working directory of the process.',
  },
  disabled: {
    kind: 'boolean',
    default: false,
    env: 'AGENT_VITALS_DISABLED',
    description: 'Switches everything off.',
  },
  captureContent: {
    kind: 'choice',
    choices: ['none', 'span', 'event', 'both'],
    aliases: {
      false: 'none',
      true: 'span',
      no_content: 'none',
      span_only: 'span',
      event_only: 'event',
      span_and_event: 'both',
    },
    default: 'none',
    env: 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
    description:
      'Where prompts and answers are written: nowhere (none), on spans (span, true), in events (event), or in both.',
  },
  contentMaxBytes: {
    kind: 'integer',
    default: 16_384,
    min: 256,
    max: 1_000_000,
    env: 'AGENT_VITALS_CONTENT_MAX_BYTES',
    description:
      'Longest content attribute in bytes of UTF-8; longer content is cut between messages or within a text, and says so.',
  },
  userIdKey: {
    kind: 'string',
    default: undefined,
    env: 'AGENT_VITALS_USER_ID_KEY',
    description: 'Key under which user ids are hashed; when absent, one is made once in the data directory.',
  },
  prices: {
    kind: 'prices',
    default: {},
    env: 'AGENT_VITALS_PRICES',
    description:
      'Prices of your own by model or provider/model, in US dollars per million tokens (in the environment: as JSON).',
  },
  tiers: {
    kind: 'tiers',
    default: {},
    env: 'AGENT_VITALS_TIERS',
    description:
      'Classes of models, the cheapest first, each with its models by name or pattern (in the environment: as JSON). A call that names no tier gets that of its model.',
  },
  maxSeries: {
    kind: 'integer',
    default: 2000,
    min: 10,
    max: 1_000_000,
    env: 'AGENT_VITALS_MAX_SERIES',
    description: 'Label sets an instrument may have; further ones are folded into "other" and counted.',
  },
  propagateToVendors: {
    kind: 'boolean',
    default: false,
    env: 'AGENT_VITALS_PROPAGATE_TO_VENDORS',
    description: 'Sends trace context headers (traceparent) to LLM vendors.',
  },
  includeStreamUsage: {
    kind: 'boolean',
    default: false,
    env: 'AGENT_VITALS_INCLUDE_STREAM_USAGE',
    description:
      'Asks OpenAI for the usage of chat streams that did not ask for it; the extra chunk is hidden from the app.',
  },
  streamIdleMillis: {
    kind: 'integer',
    default: 600_000,
    min: 1000,
    max: DAY_MILLIS,
    env: 'AGENT_VITALS_STREAM_IDLE_MILLIS',
    description: 'Milliseconds after which a stream that nobody reads is given up as abandoned.',
  },
  shutdownTimeoutMillis: {
    kind: 'integer',
    default: 2000,
    min: 0,
    max: 60_000,
    env: 'AGENT_VITALS_SHUTDOWN_TIMEOUT_MILLIS',
    description:
      'Longest time in milliseconds that the end of the process may be held up to send what is left; 0 sends nothing.',
  },
  journal: {
    enabled: {
      kind: 'boolean',
      default: true,
      env: 'AGENT_VITALS_JOURNAL_ENABLED',
      description: 'Writes the local journal.',
    },
    maxFileBytes: {
      kind: 'integer',
      default: 10_000_000,
      min: 1000,
      max: GIGABYTE,
      env: 'AGENT_VITALS_JOURNAL_MAX_FILE_BYTES',
      description: 'Size in bytes at which a journal file is closed and the next begun.',
    },
    maxTotalBytes: {
      kind: 'integer',
      default: GIGABYTE,
      min: 10_000,
      max: 1000 * GIGABYTE,
      env: 'AGENT_VITALS_JOURNAL_MAX_TOTAL_BYTES',
      description: 'Size in bytes of all journal files together above which the oldest are removed.',
    },
    retentionDays: {
      kind: 'integer',
      default: 90,
      min: 1,
      max: 3650,
      env: 'AGENT_VITALS_JOURNAL_RETENTION_DAYS',
      description: 'Days after which a journal file is removed.',
    },
    fsync: {
      kind: 'choice',
      choices: ['never', 'batch'],
      default: 'never',
      env: 'AGENT_VITALS_JOURNAL_FSYNC',
      description:
        'When what is written is forced to the disk, where it survives a power cut: never (the system decides, within seconds), or after the lines of each turn (batch), which holds the turn up for as long as the disk takes.',
    },
    metricIntervalMillis: {
      kind: 'integer',
      default: 60_000,
      min: 100,
      max: DAY_MILLIS,
      env: 'AGENT_VITALS_JOURNAL_METRIC_INTERVAL_MILLIS',
      description: 'Milliseconds between two lines of metrics in the journal.',
    },
  },
  alerts: {
    enabled: {
      kind: 'boolean',
      default: true,
      env: 'AGENT_VITALS_ALERTS_ENABLED',
      description: 'Checks the alert rules of the configuration and of the command line.',
    },
    intervalMillis: {
      kind: 'integer',
      default: 15_000,
      min: 100,
      max: 3_600_000,
      env: 'AGENT_VITALS_ALERTS_INTERVAL_MILLIS',
      description: 'Milliseconds between two checks of the alert rules.',
    },
    maxSeries: {
      kind: 'integer',
      default: 1000,
      min: 1,
      max: 100_000,
      env: 'AGENT_VITALS_ALERTS_MAX_SERIES',
      description: 'Series a rule may tell apart; further ones are folded into "other" and counted.',
    },
    rules: {
      kind: 'rules',
      default: [],
      env: 'AGENT_VITALS_ALERTS_RULES',
      description: 'Alert rules, see [alerting](alerting.md) (in the environment: as a JSON list).',
    },
    channels: {
      kind: 'channels',
      default: {},
      env: 'AGENT_VITALS_ALERTS_CHANNELS',
      description:
        'Where alerts are told, by name, see [alert channels](alert-channels.md) (in the environment: as a JSON object).',
    },
    allowPrivateHosts: {
      kind: 'list',
      default: [],
      env: 'AGENT_VITALS_ALERTS_ALLOW_PRIVATE_HOSTS',
      description:
        'Hosts that webhooks may lead to although they are not public: names or addresses, with a port for that port only.',
    },
    groupBy: {
      kind: 'list',
      default: [],
      env: 'AGENT_VITALS_ALERTS_GROUP_BY',
      description:
        'Labels by which the alerts of a channel are parted into messages (also: rule, severity); without one, all that fire together are one message.',
    },
    groupWaitMillis: {
      kind: 'integer',
      default: 10_000,
      min: 0,
      max: 3_600_000,
      env: 'AGENT_VITALS_ALERTS_GROUP_WAIT_MILLIS',
      description: 'Milliseconds that an alert waits for others to be told with it.',
    },
    groupIntervalMillis: {
      kind: 'integer',
      default: 60_000,
      min: 0,
      max: DAY_MILLIS,
      env: 'AGENT_VITALS_ALERTS_GROUP_INTERVAL_MILLIS',
      description: 'Least milliseconds between two messages of one group to one channel.',
    },
    historyDays: {
      kind: 'integer',
      default: 90,
      min: 1,
      max: 3650,
      env: 'AGENT_VITALS_ALERTS_HISTORY_DAYS',
      description: 'Days after which transitions and deliveries are forgotten.',
    },
    smtp: {
      host: {
        kind: 'string',
        default: undefined,
        env: 'SMTP_HOST',
        description: 'Mail server for channels of type email.',
      },
      port: {
        kind: 'integer',
        default: 587,
        min: 1,
        max: 65_535,
        env: 'SMTP_PORT',
        description: 'Port of the mail server.',
      },
      tls: {
        kind: 'choice',
        choices: ['auto', 'implicit', 'required', 'none'],
        default: 'auto',
        env: 'SMTP_TLS',
        description:
          'TLS of the mail server: from the first byte (implicit; auto on port 465), STARTTLS or nothing (required; auto with a password), STARTTLS where it is offered (auto), or never (none; a password is not sent then).',
      },
      user: {
        kind: 'string',
        default: undefined,
        env: 'SMTP_USER',
        description: 'User at the mail server.',
      },
      password: {
        kind: 'string',
        default: undefined,
        env: 'SMTP_PASSWORD',
        description: 'Password at the mail server; sent over TLS only.',
      },
      from: {
        kind: 'string',
        default: undefined,
        env: 'SMTP_FROM',
        description: 'Sender of mails, an address or Name <address>.',
      },
    },
  },
  otlp: {
    catchUpBytesPerSecond: {
      kind: 'integer',
      default: 5_000_000,
      min: 1000,
      max: 1000 * GIGABYTE,
      env: 'AGENT_VITALS_OTLP_CATCH_UP_BYTES_PER_SECOND',
      description:
        'Bytes a second that are read from the disk for a collector that was away, beside what the app makes meanwhile.',
    },
  },
  prometheus: {
    enabled: {
      kind: 'boolean',
      default: true,
      env: 'AGENT_VITALS_PROMETHEUS_ENABLED',
      description: 'Serves /metrics for Prometheus.',
    },
    host: {
      kind: 'string',
      default: 'localhost',
      env: 'OTEL_EXPORTER_PROMETHEUS_HOST',
      description: 'Host the scrape endpoint listens on.',
    },
    port: {
      kind: 'integer',
      default: 9464,
      min: 0,
      max: 65_535,
      env: 'OTEL_EXPORTER_PROMETHEUS_PORT',
      description: 'Port the scrape endpoint listens on; 0 takes any free port (see `agent-vitals doctor`).',
    },
  },
  redisUrl: {
    kind: 'string',
    default: undefined,
    env: 'AGENT_VITALS_REDIS_URL',
    description:
      'Redis server that agents on many machines share, as redis://user:password@host:6379/0; rediss:// for TLS. Needs the package `redis`. When absent, agents of one machine share a file in `dir`.',
  },
  coordination: {
    agentTtlMillis: {
      kind: 'integer',
      default: 60_000,
      min: 100,
      max: DAY_MILLIS,
      env: 'AGENT_VITALS_COORDINATION_AGENT_TTL_MILLIS',
      description:
        'Milliseconds without a heartbeat after which an agent is lost; never less than three times as often as it is to beat.',
    },
    approvalChannels: {
      kind: 'list',
      default: [],
      env: 'AGENT_VITALS_COORDINATION_APPROVAL_CHANNELS',
      description: 'Channels that are told when an agent asks for approval, see [alert channels](alert-channels.md).',
    },
    maxPayloadBytes: {
      kind: 'integer',
      default: 65_536,
      min: 100,
      max: 10_000_000,
      env: 'AGENT_VITALS_COORDINATION_MAX_PAYLOAD_BYTES',
      description: 'Size in bytes, as JSON, that what is sent with a signal, an event or a request may have.',
    },
    maxEvents: {
      kind: 'integer',
      default: 10_000,
      min: 1,
      max: 10_000_000,
      env: 'AGENT_VITALS_COORDINATION_MAX_EVENTS',
      description: 'Events of one type that are kept; the oldest go.',
    },
    retentionDays: {
      kind: 'integer',
      default: 7,
      min: 1,
      max: 3650,
      env: 'AGENT_VITALS_COORDINATION_RETENTION_DAYS',
      description: 'Days after which events, lost and ended agents and answered requests are removed.',
    },
    feedbackDays: {
      kind: 'integer',
      default: 90,
      min: 1,
      max: 3650,
      env: 'AGENT_VITALS_COORDINATION_FEEDBACK_DAYS',
      description: 'Days after which scores are removed.',
    },
  },
} as const satisfies OptionTable;

type ResolvedOptions<T extends OptionTable> = {
  -readonly [K in keyof T]: T[K] extends BooleanOption
    ? boolean
    : T[K] extends NumberOption
      ? number
      : T[K] extends ChoiceOption
        ? T[K]['choices'][number]
        : T[K] extends PricesOption
          ? Readonly<Record<string, PriceOverride>>
          : T[K] extends TiersOption
            ? Tiers
            : T[K] extends RulesOption
              ? readonly object[]
              : T[K] extends ListOption
                ? readonly string[]
                : T[K] extends ChannelsOption
                  ? Readonly<Record<string, object>>
                  : T[K] extends StringOption
                    ? T[K]['default'] extends string
                      ? string
                      : string | undefined
                    : T[K] extends OptionTable
                      ? ResolvedOptions<T[K]>
                      : never;
};
type GivenOptions<T> = {
  [K in keyof T]?: T[K] extends
    | Readonly<Record<string, PriceOverride>>
    | Tiers
    | readonly object[]
    | Readonly<Record<string, object>>
    ? T[K]
    : T[K] extends object
      ? GivenOptions<T[K]>
      : T[K] | undefined;
};

/** Every option with its value. `dir` is absolute. */
export type Config = Readonly<ResolvedOptions<typeof optionTable>>;
/** Options as given in code: any of them, none required. */
export type Options = GivenOptions<ResolvedOptions<typeof optionTable>>;

/** Every option with its path, for example `['journal', 'maxFileBytes']`, in the table's order. */
export function* eachOption(
  table: OptionTable = optionTable,
  path: readonly string[] = [],
): Generator<[readonly string[], Option]> {
  for (const [name, entry] of Object.entries(table)) {
    const here = [...path, name];
    if (isOption(entry)) yield [here, entry];
    else yield* eachOption(entry, here);
  }
}

function isOption(entry: Option | OptionTable): entry is Option {
  return typeof entry.kind === 'string';
}
