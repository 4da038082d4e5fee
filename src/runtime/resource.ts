// Who is measured. Made here rather than by NodeSDK, whose defaults write the whole command line with the keys on it.
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  type ResourceDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { warnOnce } from '../internal/log.ts';
import { randomUuid } from '../internal/random-id.ts';
import { SERVICE_INSTANCE_ID, SERVICE_NAME } from '../semconv.ts';

/** By the names `OTEL_NODE_RESOURCE_DETECTORS` knows. */
const detectors: Readonly<Record<string, ResourceDetector>> = {
  env: envDetector,
  host: hostDetector,
  os: osDetector,
  process: processDetector,
  serviceinstance: { detect: () => ({ attributes: { [SERVICE_INSTANCE_ID]: randomUuid() } }) },
};
const DEFAULT_DETECTORS = 'env,serviceinstance';

export function createResource(env: NodeJS.ProcessEnv = process.env): Resource {
  return (
    defaultResource()
      // > If the value was not specified, SDKs MUST fallback to `unknown_service:` concatenated with `process.executable.name`
      // The SDK puts the whole path there.
      .merge(resourceFromAttributes({ [SERVICE_NAME]: 'unknown_service:node' }))
      .merge(detectResources({ detectors: chosenDetectors(env) }))
  );
}

function chosenDetectors(env: NodeJS.ProcessEnv): ResourceDetector[] {
  const names = (env.OTEL_NODE_RESOURCE_DETECTORS?.trim() || DEFAULT_DETECTORS).split(',').map((name) => name.trim());
  if (names.includes('none')) return [];
  if (names.includes('all')) return Object.values(detectors);
  return names.flatMap((name) => {
    const detector = detectors[name];
    if (!detector) {
      const known = Object.keys(detectors).join(', ');
      warnOnce(
        'detectors',
        `OTEL_NODE_RESOURCE_DETECTORS names a detector there is not; those there are: ${known}, all, none.`,
      );
    }
    return detector ?? [];
  });
}
