// The label sets of the metrics, bounded before they reach an instrument: the SDK's own limit holds within one collection only, so that a
// cumulative reader grows without end. Attribute objects are made once and frozen: recording a known set allocates nothing.
import type { Attributes } from '@opentelemetry/api';
import * as names from '../semconv.ts';
import { maskCredentials } from './credentials.ts';
import type { Inference } from './inference.ts';

/** What is folded because an instrument has its full number of series. */
export const OTHER = 'other';

/** Longest label; models and workflows beyond that are somebody's mistake. */
const MAX_LABEL_LENGTH = 256;

/**
 * Admits the series of an instrument, at most `maxSeries`.
 * @param reserved how many series what is folded takes: the last ones are kept free for it.
 * @returns gives the attributes while there is room; `null` when they must be folded.
 */
export function createSeriesBudget(maxSeries: number, reserved: number): (attributes: Attributes) => Attributes | null {
  // One less: the SDK's limit counts the series it keeps for its own overflow, which must never be reached.
  let free = maxSeries - reserved - 1;
  return (attributes) => {
    if (free <= 0) return null;
    free -= 1;
    // In the order of the names: the SDK sorts them at every recording.
    return Object.freeze(Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))));
  };
}

/**
 * The label sets of one instrument, found by what is in them.
 * @param folded what stands for all there is no room for
 * @param onFold told each time it does
 */
export function createLabels(
  maxSeries: number,
  folded: Attributes,
  onFold: () => void,
): (labels: Readonly<Record<string, string | undefined>>) => Attributes {
  const admit = createSeriesBudget(maxSeries, 1);
  const known = new Map<string, Attributes>();
  return (labels) => {
    const key = JSON.stringify(labels);
    let found = known.get(key);
    if (found === undefined) {
      const present: Attributes = {};
      for (const [name, value] of Object.entries(labels)) if (value !== undefined) present[name] = labelOf(value);
      found = admit(present) ?? undefined;
      if (found) known.set(key, found);
      else onFold();
    }
    return found ?? folded;
  };
}

type Node<T> = Map<string | number | undefined, Node<T> | T>;

/**
 * Finds what belongs to a call's labels: one `T` for each set, made by `create`. A tree of maps rather than a joined key, so that no two
 * sets can ever be taken for one another.
 * @returns gives `undefined` when there is no room for another set.
 */
export function createLabelSets<T>(
  maxSets: number,
  create: (labels: Attributes) => T,
): (call: Inference) => T | undefined {
  const root: Node<T> = new Map();
  let size = 0;

  function below(node: Node<T> | undefined, label: string | undefined): Node<T> | undefined {
    const key = label !== undefined && label.length > MAX_LABEL_LENGTH ? label.slice(0, MAX_LABEL_LENGTH) : label;
    let next = node?.get(key) as Node<T> | undefined;
    if (next === undefined && size < maxSets) {
      next = new Map();
      node?.set(key, next);
    }
    return next;
  }

  return (call) => {
    let node = below(root, call.requestModel);
    node = below(node, call.responseModel);
    node = below(node, call.provider);
    node = below(node, call.operation);
    node = below(node, call.serverAddress);
    node = below(node, call.workflow);
    node = below(node, call.tier);
    let found = node?.get(call.serverPort) as T | undefined;
    if (found === undefined && size < maxSets) {
      size += 1;
      found = create(labelsOf(call));
      node?.set(call.serverPort, found);
    }
    return found;
  };
}

function labelsOf(call: Inference): Attributes {
  const labels: Attributes = {};
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) labels[name] = typeof value === 'string' ? labelOf(value) : value;
  };
  add(names.AGENT_VITALS_TIER, call.tier);
  add(names.GEN_AI_OPERATION_NAME, call.operation);
  add(names.GEN_AI_PROVIDER_NAME, call.provider);
  add(names.GEN_AI_REQUEST_MODEL, call.requestModel);
  add(names.GEN_AI_RESPONSE_MODEL, call.responseModel);
  add(names.GEN_AI_WORKFLOW_NAME, call.workflow);
  add(names.SERVER_ADDRESS, call.serverAddress);
  add(names.SERVER_PORT, call.serverPort);
  return labels;
}

/** A label as it may be written: a key that was given as a model must not be scraped. */
export function labelOf(value: string): string {
  return maskCredentials(value).slice(0, MAX_LABEL_LENGTH).toWellFormed();
}
