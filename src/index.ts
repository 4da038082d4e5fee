// The public API: named exports, no logic.
export type { Backend, BackendState, BackendStatus, Batch, Signal } from './backends/backend.ts';
export { ConfigError } from './config/config-error.ts';
export type { Options, PriceOverride } from './config/option-table.ts';
export type { ProcessStatus } from './runtime/process-status.ts';
export { type StartOptions, shutdown, start, status } from './runtime/start.ts';
