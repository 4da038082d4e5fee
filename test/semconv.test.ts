import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { expect } from 'chai';
import * as names from '../src/semconv.ts';

const ours = Object.values<unknown>(names).filter((value) => typeof value === 'string');
const theirs = new Set<unknown>(Object.values(conventions));
/** Of the GenAI conventions' own repository, or of native spans: not in the package of 1.45. */
const NOT_IN_PACKAGE = new Set<string>([
  'gen_ai.request.reasoning.level',
  'gen_ai.invoke_agent.duration',
  'gen_ai.invoke_agent.inference_calls',
  'gen_ai.invoke_agent.tool_calls',
  'gen_ai.workflow.duration',
]);

describe('semconv', () => {
  for (const name of ours.filter((each) => /^(gen_ai|openai|error|server|http|service|exception|url)\./.test(each))) {
    it(`${name} is a name of the conventions`, () => {
      expect(theirs.has(name) || NOT_IN_PACKAGE.has(name)).to.equal(true);
    });
  }
});
