import { trace } from '@opentelemetry/api';
import { expect } from 'chai';
import { authorizeWith } from '../../../src/coordination/authorize.ts';
import { type FeedbackOptions, feedback } from '../../../src/coordination/feedback/feedback.ts';
import { configureCoordination, coordinationSettings } from '../../../src/coordination/settings.ts';
import { coordinationStore } from '../../../src/coordination/store/process-store.ts';
import { withAgent } from '../../../src/instrumentation/agent/with-agent.ts';
import { type RecordedTelemetry, recordTelemetry } from '../../instrumentation/recorded-telemetry.ts';
import { rejection } from '../../support/rejection.ts';
import { onEachEngine } from '../on-each-engine.ts';

const tiers = { cheap: ['gpt-4o-mini'], standard: ['gpt-4o'], premium: ['o3', 'claude-opus-*'] };

describe('feedback', () => {
  let telemetry: RecordedTelemetry;
  before(() => (telemetry = recordTelemetry()));
  afterEach(() => {
    authorizeWith(undefined);
    telemetry.reset();
  });
  after(() => telemetry.stop());

  async function rate(scores: readonly number[], options: Partial<FeedbackOptions> = {}): Promise<void> {
    for (const score of scores) await feedback.record({ workflow: 'support', stage: 'answer', score, ...options });
  }
  const times = (count: number, score: number): number[] => Array.from({ length: count }, () => score);

  onEachEngine(() => {
    beforeEach(() => configureCoordination({ ...coordinationSettings(), tiers }));

    it('is an event of the conventions on the span that was rated', async () => {
      const span = trace.getTracer('app').startSpan('chat');
      span.end();
      const { traceId, spanId } = span.spanContext();
      const rated = { workflow: 'support', stage: 'answer', tier: 'cheap', name: 'relevance', label: 'pass' };
      await feedback.record({ ...rated, score: 0.8, explanation: 'secret', span });
      await feedback.record({ workflow: 'support', score: 1, span: { traceId, spanId }, responseId: 'r-1' });
      await withAgent({ name: 'judge', id: 'j' }, () => feedback.record({ workflow: 'support', score: 0 }));
      const judge = telemetry.spans().find(({ name }) => name === 'invoke_agent judge');
      expect(telemetry.events().map(({ spanContext }) => spanContext?.spanId)).to.deep.equal([
        spanId,
        spanId,
        judge?.spanContext().spanId,
      ]);
      expect(telemetry.events().map(({ eventName }) => eventName)).to.deep.equal(
        Array.from({ length: 3 }, () => 'gen_ai.evaluation.result'),
      );
      expect(telemetry.events()[0]?.attributes).to.deep.equal({
        'gen_ai.evaluation.name': 'relevance',
        'gen_ai.evaluation.score.value': 0.8,
        'gen_ai.evaluation.score.label': 'pass',
        'gen_ai.workflow.name': 'support',
        'agent_vitals.workflow.stage': 'answer',
        'agent_vitals.tier': 'cheap',
      });
      expect(telemetry.events()[1]?.attributes).to.include({ 'gen_ai.response.id': 'r-1' });
      const [newest, , oldest] = await feedback.history();
      expect(newest).to.deep.include({ score: 0, agent: { id: 'j', name: 'judge' }, name: 'quality' });
      expect(oldest).to.deep.include({ ...rated, score: 0.8, explanation: undefined, traceId, spanId });
      const events = await coordinationStore().read({ types: ['feedback.recorded'], limit: 10 });
      expect(events.map(({ value }) => (value as { payload: { score: number } }).payload.score)).to.deep.equal([
        0.8, 1, 0,
      ]);
    });

    it('keeps why only where content is captured', async () => {
      configureCoordination({ ...coordinationSettings(), captureContent: 'both' });
      await feedback.record({ workflow: 'support', score: 0.8, explanation: 'too short' });
      expect(telemetry.events()[0]?.attributes).to.include({ 'gen_ai.evaluation.explanation': 'too short' });
      expect((await feedback.history())[0]).to.include({ explanation: 'too short' });
      configureCoordination({ ...coordinationSettings(), captureContent: 'span' });
      await feedback.record({ workflow: 'support', score: 0.8, explanation: 'too short' });
      expect(telemetry.events()[1]?.attributes).not.to.have.property('gen_ai.evaluation.explanation');
    });

    it('sums up all scores, of what is meant', async () => {
      await rate([0.2, 0.4, 0.9]);
      await rate([1], { stage: 'triage' });
      await rate([0], { stage: undefined, tier: 'cheap' });
      await rate([0.5], { workflow: 'a/b %2F', stage: 'answer' });
      expect(await feedback.stats({ workflow: 'support', stage: 'answer' })).to.deep.equal({
        count: 3,
        mean: 0.5,
        min: 0.2,
        max: 0.9,
        trend: null,
      });
      expect(await feedback.stats({ workflow: 'support' })).to.include({ count: 5, mean: 0.5, min: 0, max: 1 });
      expect(await feedback.stats({ stage: 'answer' })).to.include({ count: 4 });
      expect(await feedback.stats({ tier: 'cheap' })).to.include({ count: 1, mean: 0 });
      expect(await feedback.stats({ workflow: 'a/b %2F' })).to.include({ count: 1, mean: 0.5 });
      expect(await feedback.stats({ workflow: 'none' })).to.deep.equal({
        count: 0,
        mean: null,
        min: null,
        max: null,
        trend: null,
      });
      const newest = await feedback.history({ workflow: 'support', stage: 'answer', limit: 2 });
      expect(newest.map(({ score }) => score)).to.deep.equal([0.9, 0.4]);
    });

    it('counts every score of thousands', async () => {
      for (let i = 0; i < 25; i++) {
        await Promise.all(times(100, 0.5).map((score) => feedback.record({ workflow: 'support', score })));
      }
      expect(await feedback.stats()).to.include({ count: 2500, mean: 0.5 });
      expect(await feedback.clear()).to.equal(2500);
    });

    it('sees a trend, and says how sure it is', async () => {
      await rate([0.5, 0.55, 0.45, 0.5, 0.8, 0.85, 0.75, 0.8]);
      const rising = (await feedback.stats()).trend;
      expect(rising?.direction).to.equal('rising');
      expect(rising?.change).to.be.closeTo(0.3, 1e-12);
      // Welch: t = 0.3 / sqrt(2 × (0.005 / 3) / 4) = 10.39 with 6 degrees of freedom.
      expect(rising?.confidence).to.be.closeTo(1 - 4.66e-5, 1e-6);
      await feedback.clear();
      await rate([0.5, 0.9, 0.1, 0.6, 0.4, 0.8, 0.2, 0.5]);
      const steady = (await feedback.stats()).trend;
      expect(steady?.direction).to.equal('steady');
      expect(steady?.confidence).to.be.lessThan(0.5);
    });

    it('lists what does badly, the worst first', async () => {
      await rate([0.9, 0.95], { stage: 'good' });
      await rate([0.6, 0.7], { stage: 'poor' });
      await rate([0.1, 0.15, 0.05], { stage: 'bad', tier: 'cheap' });
      const found = await feedback.underperforming();
      expect(found.map(({ stage, tier }) => [stage, tier])).to.deep.equal([
        ['bad', 'cheap'],
        ['poor', undefined],
      ]);
      expect(found[0]?.confidence).to.be.greaterThan(0.99);
      expect(found[1]?.confidence).to.be.lessThan(0.9);
      expect(await feedback.underperforming({ below: 0.2, minSamples: 4 })).to.deep.equal([]);
    });

    it('advises a tier, says why and how sure', async () => {
      const advice = () => feedback.recommendTier({ workflow: 'support', stage: 'answer' });
      expect(await rejection(advice())).to.match(/tier must be given/);
      await rate(times(9, 0.5), { tier: 'standard' });
      expect(await advice()).to.deep.include({ action: 'keep', tier: 'standard', confidence: 0, samples: 9 });
      expect((await advice()).reason).to.equal('standard has 9 of the 10 scores it takes to tell.');
      await rate([0.6], { tier: 'standard' });
      expect(await advice()).to.deep.include({
        action: 'upgrade',
        tier: 'premium',
        models: tiers.premium,
        samples: 10,
      });
      expect((await advice()).confidence).to.be.within(0.99, 1);
      await feedback.clear();
      await rate(times(10, 0.95), { tier: 'standard' });
      expect((await advice()).reason).to.equal(
        'standard scores 0.950 on average, above 0.9, but cheap has 0 of the 10 scores it takes to tell.',
      );
      await rate(times(10, 0.85), { tier: 'cheap' });
      await rate([0.95], { tier: 'standard' });
      expect(await advice()).to.include({ action: 'keep', tier: 'standard' });
      await rate([0.86], { tier: 'cheap' });
      const downgrade = await feedback.recommendTier({ workflow: 'support', stage: 'answer', tier: 'standard' });
      expect(downgrade).to.deep.include({
        action: 'downgrade',
        tier: 'cheap',
        models: tiers.cheap,
        current: 'standard',
      });
      expect(downgrade.reason).to.equal('standard scores 0.950 on average, above 0.9, and cheap holds 0.851.');
    });

    it('keeps a tier that nothing is better or cheaper than', async () => {
      await rate(times(10, 0.2), { tier: 'premium' });
      await rate(times(10, 1), { tier: 'cheap' });
      await rate(times(10, 0.2), { tier: 'unknown' });
      const advice = async (tier: string) => (await feedback.recommendTier({ workflow: 'support', tier })).reason;
      expect(await advice('premium')).to.match(/below 0.7, but no tier is better/);
      expect(await advice('cheap')).to.match(/above 0.9, and no tier is cheaper/);
      expect(await advice('unknown')).to.match(/the option tiers does not say/);
    });

    it('is cleared by who may', async () => {
      await rate([0.5, 0.6]);
      await rate([0.5], { stage: 'other' });
      authorizeWith(() => false);
      expect(await rejection(feedback.clear())).to.match(/NotAuthorizedError/);
      authorizeWith(undefined);
      expect(await feedback.clear({ workflow: 'support', stage: 'answer' })).to.equal(2);
      expect(await feedback.stats()).to.include({ count: 1 });
    });

    it('says what cannot be used', async () => {
      const wrong: [unknown, RegExp][] = [
        [{ workflow: 'x', score: 1.01 }, /score must be a number from 0 to 1, not 1.01/],
        [{ workflow: 'x', score: -0.01 }, /not -0.01/],
        [{ workflow: 'x', score: Number.NaN }, /not NaN/],
        [{ workflow: 'x', score: '1' }, /not a string/],
        [{ score: 1 }, /workflow must be a text/],
        [{ workflow: 'x', score: 1, span: { traceId: '0', spanId: '1' } }, /span must be a span/],
        [{ workflow: 'x', score: 1, explanation: 7 }, /explanation must be a text/],
      ];
      for (const [options, message] of wrong)
        expect(await rejection(feedback.record(options as never))).to.match(message);
      expect(telemetry.events()).to.deep.equal([]);
    });
  });
});
