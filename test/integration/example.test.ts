// The example proves itself: its verify script compares the collector's files and Prometheus' answers with the journal.

import { join } from 'node:path';
import { expect } from 'chai';
import { hasAlertmanager } from '../support/alertmanager.ts';
import { findCollector } from '../support/collector.ts';
import { hasPrometheus } from '../support/prometheus.ts';
import { runProcess } from '../support/run-process.ts';

describe('examples/otel-collector', function () {
  this.timeout(600_000);

  it('verifies itself', async function () {
    if (findCollector() === undefined || !hasPrometheus() || !hasAlertmanager()) this.skip();
    const verify = join(import.meta.dirname, '../../examples/otel-collector/verify.ts');
    const { code, stdout, stderr } = await runProcess(process.execPath, [verify], { timeoutMillis: 120_000 });
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.include('All the same.').and.not.include('DIFFERS');
  });
});
