// The README's first command, as a newcomer runs it after the build.
import { join } from 'node:path';
import { expect } from 'chai';
import { allFiles } from '../support/journal-files.ts';
import { runProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const script = join(import.meta.dirname, '../../examples/quickstart/run.mjs');

describe('the quickstart', () => {
  after(removeTempDirs);

  it('shows the agent, the metrics, the statistics and the journal', async () => {
    const dir = tempDir();
    const { code, stdout, stderr } = await runProcess(process.execPath, [script, dir]);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    const shown = [
      'The capital of France is Paris',
      'AuthenticationError',
      'agent_vitals_cost_usd_total{agent_vitals_tier="premium",gen_ai_request_model="gpt-5.1",…} 0.00142',
      'gen_ai_client_operation_duration_seconds_count{error_type="401",gen_ai_request_model="gpt-5-mini",…} 1',
      'Calls              11  completed 9 · cancelled 1 · error 1',
      'plan-trip',
      'traces-',
    ];
    for (const text of shown) expect(stdout).to.include(text);
    for (const { path, text } of allFiles(dir)) {
      expect(text, path).not.to.match(/ada@example\.org|capital of France|sk-local|sk-ant-local/);
    }
  });
});
