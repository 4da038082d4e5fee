// Checks of what is there before anything runs: Node, packages, environment.
import { relative } from 'node:path';
import { eachOption } from '../../config/option-table.ts';
import { vendors } from '../../instrumentation/vendors.ts';
import { switchedOffBy } from '../../internal/switched-off.ts';
import { VERSION } from '../../internal/version.ts';
import { partialSampler } from '../partial-sampler.ts';
import { type Check } from './check.ts';
import { findInstalled, type InstalledPackage } from './installed-packages.ts';

export function checkNode(): Check {
  // An older one does not come this far.
  return {
    check: 'node',
    state: 'ok',
    message: `Node ${process.version}, agent-vitals ${VERSION}`,
    data: { node: process.versions.node, version: VERSION },
  };
}

/** Two copies of these in one process see only half of the calls each. */
const SINGLE = /^(agent-vitals|@opentelemetry\/(api|sdk-trace|sdk-metrics|sdk-logs|sdk-node|resources))$/;

export function checkPackages(root: string): Check[] {
  const isVendor = (name: string): boolean => vendors.some(({ packageName }) => packageName === name);
  const installed = findInstalled(root, (name) => SINGLE.test(name) || isVendor(name));
  const sdks = installed.filter(({ name }) => isVendor(name));
  const copies = installed.filter(({ name }, _, all) => all.filter((other) => other.name === name).length > 1);
  const doubled = [...new Set(copies.map(({ name }) => name))];
  return [
    {
      check: 'sdks',
      state: 'info',
      message:
        sdks.length === 0
          ? `no SDK that is recorded by itself is installed here (${vendors.map(({ packageName }) => packageName).join(', ')})`
          : `installed here: ${[...new Set(sdks.map(({ name, version }) => `${name} ${version}`))].join(', ')}`,
      data: sdks,
    },
    ...sdks.filter(isTooOld).map(
      ({ name, version }): Check => ({
        check: 'sdks',
        state: 'warning',
        message: `${name} ${version} is not recorded, it is too old: ${sinceOf(name).join('.')} is the oldest that is`,
      }),
    ),
    doubled.length === 0
      ? { check: 'doubledPackages', state: 'ok', message: 'no package that matters is installed twice', data: [] }
      : {
          check: 'doubledPackages',
          // Every copy of an SDK is hooked by itself; copies of OpenTelemetry part what is one.
          state: doubled.some((name) => SINGLE.test(name)) ? 'warning' : 'info',
          message: `installed more than once: ${doubled.join(', ')}`,
          details: copies.map((copy) => describe(root, copy)),
          data: copies,
        },
  ];
}

function sinceOf(name: string): readonly [number, number] {
  return vendors.find(({ packageName }) => packageName === name)?.since ?? [0, 0];
}

function isTooOld({ name, version }: InstalledPackage): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor, sinceMinor] = sinceOf(name);
  return major < sinceMajor || (major === sinceMajor && minor < sinceMinor);
}

function describe(root: string, { name, version, path }: InstalledPackage): string {
  return `${name} ${version} in ${relative(root, path)}`;
}

/** Variables whose values may be secrets, or hold one. */
const SECRET = /HEADERS|KEY|PASSWORD|TOKEN|CERTIFICATE|ENDPOINT|RESOURCE_ATTRIBUTES|PRICES|REDIS_URL|CHANNELS/;

export function checkEnvironment(env: NodeJS.ProcessEnv, warnings: readonly string[]): Check[] {
  const ours = new Set([...eachOption()].map(([, option]) => option.env));
  const set = Object.entries(env)
    .filter(([name, value]) => value && (ours.has(name) || /^(OTEL_|AGENT_VITALS_)/.test(name)))
    .map(([name, value = '']) => ({ name, value: shown(name, value) }));
  const off = switchedOffBy(env);
  return [
    {
      check: 'environment',
      state: off.length > 0 ? 'warning' : 'info',
      message:
        off.length > 0
          ? `${off.join(' and ')} switches everything off here`
          : set.length === 0
            ? 'no OTEL_* or AGENT_VITALS_* variable is set here'
            : 'set here (the app may run with others):',
      details: set.map(({ name, value }) => `${name}=${value}`),
      data: set,
    },
    ...warnings.map((message): Check => ({ check: 'configuration', state: 'warning', message })),
  ];
}

/** Questions are about the journal, which has the calls that were sampled. */
export function checkSampling(env: NodeJS.ProcessEnv): Check {
  const sampler = partialSampler(env) ?? null;
  const what = 'has the calls that are sampled alone in its journal, and questions know no others; metrics count all';
  return {
    check: 'sampling',
    state: sampler === null ? 'info' : 'warning',
    message:
      sampler === null
        ? `no sampler that drops calls is set here; an app that runs with one (OTEL_TRACES_SAMPLER) ${what}`
        : `OTEL_TRACES_SAMPLER is ${sampler} here: an app that runs so ${what}`,
    data: { sampler },
  };
}

/** Of an address no more is told than where it leads; everything else that may be a secret is not told. */
function shown(name: string, value: string): string {
  if (!SECRET.test(name)) return value;
  if (!/ENDPOINT/.test(name) || !URL.canParse(value)) return '(set)';
  const { origin, pathname } = new URL(value);
  return origin === 'null' ? '(set)' : origin + (pathname === '/' ? '' : '/…');
}
