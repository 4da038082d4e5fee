/** The variables by which everything is switched off in `env`; empty when it is not. */
export function switchedOffBy(env: NodeJS.ProcessEnv): string[] {
  const isTrue = (name: string): boolean => env[name]?.trim().toLowerCase() === 'true';
  const isOne = env.AGENT_VITALS_DISABLED?.trim() === '1';
  return [
    ...(isTrue('AGENT_VITALS_DISABLED') || isOne ? ['AGENT_VITALS_DISABLED'] : []),
    // > Boolean value. If "true", a no-op SDK implementation will be used [...] any value other than "true" means false
    ...(isTrue('OTEL_SDK_DISABLED') ? ['OTEL_SDK_DISABLED'] : []),
  ];
}
