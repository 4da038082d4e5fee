import { expect } from 'chai';
import { startAgent, withAgent } from '../../../src/instrumentation/agent/with-agent.ts';
import { withInference } from '../../../src/instrumentation/manual/with-inference.ts';
import { withPrompt } from '../../../src/instrumentation/prompt/with-prompt.ts';
import { withWorkflow } from '../../../src/instrumentation/prompt/with-workflow.ts';
import { abandonOpenRuns } from '../../../src/instrumentation/run/run.ts';
import { startPipeline, stopPipeline } from '../../support/global-pipeline.ts';

describe('what runs a function', () => {
  it('says how it is called where it is given none, and begins nothing', () => {
    const pipeline = startPipeline();
    try {
      const { stage } = withWorkflow({}, (run) => run);
      const calls: Record<string, (fn: never) => unknown> = {
        withPrompt: (fn) => withPrompt({ name: 'p' }, fn),
        withWorkflow: (fn) => withWorkflow({ workflow: 'w' }, fn),
        withInference: (fn) => withInference({ operation: 'chat', provider: 'openai' }, fn),
        withAgent: (fn) => withAgent({ name: 'a' }, fn),
        stage: (fn) => stage('s', fn),
      };
      for (const [name, call] of Object.entries(calls)) {
        expect(() => call(undefined as never), name).to.throw(
          TypeError,
          new RegExp(`^${name}\\(\\) needs the function to run, not nothing: ${name}\\(.+=> \\.\\.\\.\\)$`),
        );
        expect(() => call('fn' as never), name).to.throw(TypeError, 'not a value of type string');
      }
      withWorkflow({ workflow: 'w' }, (run) =>
        expect(() => run.stage('s', null as never)).to.throw(TypeError, 'stage()'),
      );
      expect(pipeline.emitted.map((span) => span.name)).to.deep.equal(['invoke_workflow w']);
      const agent = startAgent({ name: 'a' });
      expect(() => agent.run(undefined as never)).to.throw(TypeError, 'run() needs the function to run');
    } finally {
      abandonOpenRuns();
      stopPipeline();
    }
  });
});
