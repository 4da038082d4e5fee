// What the questions are judged by: the same asked in the plainest way there is, of calls and runs as objects, one by one. Must use no code of theirs.
import { type Call } from '../../src/query/call.ts';
import { type Question } from '../../src/query/question.ts';
import { type Run } from '../../src/query/run.ts';

/** Whether a question is about a call or a run, but for `where`. Moments are numbers. */
export function isAbout(question: Question, record: Call | Run): boolean {
  const { since = -Infinity, until = Infinity, onlyErrors = false } = question;
  const isRun = 'kind' in record;
  const named: readonly (readonly [wanted: Question['model'], has: readonly (string | null)[]])[] = [
    [question.workflow, [record.workflow]],
    [question.agent, [record.agent]],
    [question.prompt, [record.prompt]],
    // A run is of all models and providers that were asked in it.
    [question.model, isRun ? record.models : [record.requestModel, record.responseModel]],
    [question.provider, isRun ? record.providers : [record.provider]],
    [question.promptVersion, [isRun ? record.version : record.promptVersion]],
    [question.promptVariant, [isRun ? record.variant : record.promptVariant]],
  ];
  return (
    record.timeMillis >= Number(since) &&
    record.timeMillis < Number(until) &&
    (!onlyErrors || record.outcome === 'error') &&
    named.every(([wanted, has]) => wanted === undefined || [wanted].flat().some((name) => has.includes(name)))
  );
}
