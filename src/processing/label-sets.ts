// The label sets of calls, found without making any: recording a known set allocates nothing.
import type { Attributes } from '@opentelemetry/api';
import { labelOf, MAX_LABEL_LENGTH } from '../internal/bounded-labels.ts';
import * as names from '../semconv.ts';
import type { Inference } from './inference.ts';

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
