// Names in Prometheus. The expected ones are what the collector's Prometheus exporter 0.155 gave for the same metrics.
import { expect } from 'chai';
import { labelName, metricName, type PrometheusKind } from '../../../src/exporters/prometheus/metric-name.ts';

const NAMES: readonly [name: string, unit: string, kind: PrometheusKind, expected: string][] = [
  ['gen_ai.client.operation.duration', 's', 'histogram', 'gen_ai_client_operation_duration_seconds'],
  ['gen_ai.client.token.usage', '{token}', 'histogram', 'gen_ai_client_token_usage'],
  ['agent_vitals.cost.usd', '{USD}', 'counter', 'agent_vitals_cost_usd_total'],
  ['agent_vitals.backend.up', '', 'gauge', 'agent_vitals_backend_up'],
  ['agent_vitals.backend.dropped', '{record}', 'counter', 'agent_vitals_backend_dropped_total'],
  ['process.memory', 'By', 'gauge', 'process_memory_bytes'],
  ['process.memory.bytes', 'By', 'gauge', 'process_memory_bytes'],
  ['delay.ms', 'ms', 'gauge', 'delay_ms_milliseconds'],
  ['wait.seconds.sum', 's', 'gauge', 'wait_seconds_sum'],
  ['disk.io', 'By/s', 'gauge', 'disk_io_bytes_per_second'],
  ['requests', '1/m', 'gauge', 'requests_per_minute'],
  ['requests', '{request}/s', 'gauge', 'requests_per_second'],
  ['requests', 'foo/{bar}', 'gauge', 'requests_foo'],
  ['speed', 'm/s', 'gauge', 'speed_meters_per_second'],
  ['utilization', '1', 'gauge', 'utilization_ratio'],
  ['hit.ratio', '1', 'gauge', 'hit_ratio'],
  ['utilization', '1', 'counter', 'utilization_total'],
  ['utilization', '1', 'non_monotonic', 'utilization'],
  ['load', '1', 'histogram', 'load'],
  ['total.bytes.sent', 'By', 'counter', 'bytes_sent_total'],
  ['calls_total', '', 'counter', 'calls_total'],
  ['cpu.percent', '%', 'gauge', 'cpu_percent'],
  ['temperature', 'Cel', 'gauge', 'temperature_celsius'],
  ['a--b..c__d', '', 'gauge', 'a_b_c_d'],
  ['odd', 'k$*x', 'gauge', 'odd_k_x'],
  ['trailing', 'q*', 'gauge', 'trailing_q_'],
  ['slash', '/', 'gauge', 'slash'],
  ['slash', '/$', 'gauge', 'slash'],
  ['Mixed.Case', 'MiBy', 'gauge', 'Mixed_Case_mebibytes'],
];

describe('metricName', () => {
  for (const [name, unit, kind, expected] of NAMES) {
    it(`${kind} ${name} in "${unit}" is ${expected}`, () => expect(metricName(name, unit, kind)).to.equal(expected));
  }
});

describe('labelName', () => {
  for (const [key, expected] of [
    ['gen_ai.request.model', 'gen_ai_request_model'],
    ['a--b', 'a_b'],
    ['1st', 'key_1st'],
    ['ключ', 'key_'],
    ['', 'key_'],
    ['__name__', '_name_'],
    ['le', 'exported_le'],
    ['quantile', 'exported_quantile'],
    ['otel.scope.name', 'exported_otel_scope_name'],
  ] as const) {
    it(`${JSON.stringify(key)} is ${expected}`, () => expect(labelName(key)).to.equal(expected));
  }
});
