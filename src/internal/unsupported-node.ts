// The one line that the flag and the command line say on a Node too old for the OpenTelemetry SDK. Must parse and run on any Node.

/** `undefined` where all is well. */
export function unsupportedNode(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return undefined;
  return `agent-vitals: needs Node >= 22.15, this is ${process.versions.node}; it does nothing here.\n`;
}
