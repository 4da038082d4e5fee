// What the user's options say about capture. Set once by the runtime, read on every call; must stay plain data.
import { type Config, optionTable } from '../../config/option-table.ts';

export type InstrumentationSettings = Pick<
  Config,
  'captureContent' | 'contentMaxBytes' | 'includeStreamUsage' | 'maxSeries' | 'streamIdleMillis' | 'propagateToVendors'
>;

/** Live: importers see what {@link configureInstrumentation} sets. */
export let settings: InstrumentationSettings = {
  captureContent: optionTable.captureContent.default,
  contentMaxBytes: optionTable.contentMaxBytes.default,
  includeStreamUsage: optionTable.includeStreamUsage.default,
  maxSeries: optionTable.maxSeries.default,
  streamIdleMillis: optionTable.streamIdleMillis.default,
  propagateToVendors: optionTable.propagateToVendors.default,
};

export function configureInstrumentation(config: InstrumentationSettings): void {
  settings = config;
}
