import { expect } from 'chai';
import type { Alert } from '../../../src/alerting/alert.ts';
import type { WebhookChannel } from '../../../src/alerting/notify/channel.ts';
import { type Message, type MessageAlert, messageOf } from '../../../src/alerting/notify/message.ts';
import { parseChannel } from '../../../src/alerting/notify/parse-channel.ts';
import { tellWebhook } from '../../../src/alerting/notify/webhook.ts';
import { FakeCollector } from '../../support/fake-collector.ts';
import { anAlert, HOUR, START } from './an-alert.ts';

const ROUTING_KEY = 'r'.repeat(32);
const FORMATS = ['json', 'slack', 'discord', 'teams', 'pagerduty', 'alertmanager'] as const;

describe('a webhook of the format', () => {
  let receiver: FakeCollector;
  before(async () => (receiver = await FakeCollector.start()));
  beforeEach(() => receiver.taken.splice(0));
  after(() => receiver.stop());

  const message = (...alerts: Partial<Alert>[]): Message =>
    messageOf(
      'message-1',
      alerts.map((changes): MessageAlert => Object.assign(anAlert(changes), { expiresAtMillis: START + HOUR })),
      START + 1000,
    );
  const plain: Message = {
    id: 'm2',
    title: 'Approve *deploy*?',
    text: 'By <@U1> & @everyone',
    severity: 'info',
    state: 'firing',
    alerts: [],
    atMillis: START,
  };

  /** What the receiver got. */
  const told = async (format: string, given: Message): Promise<{ path: string; size: number; body: any }[]> => {
    const privateHosts = ['127.0.0.1'];
    const spec = {
      type: 'webhook',
      format,
      url: `${receiver.endpoint}/x`,
      ...(format === 'pagerduty' && { routingKey: ROUTING_KEY }),
    };
    const { channel } = parseChannel('c', spec, { source: 'config', privateHosts });
    expect(await tellWebhook(channel as WebhookChannel, given, { privateHosts })).to.deep.equal({
      outcome: 'delivered',
    });
    return receiver.taken.map(({ path, body }) => ({ path, size: body.length, body: JSON.parse(body) }));
  };
  const firing = { severity: 'critical' as const, description: 'Cost & <more> *than* `planned`' };
  const resolved = {
    rule: 'error_rate',
    state: 'resolved' as const,
    endsAtMillis: START + 500,
    value: null,
    labels: {},
  };

  it('json is the documented body', async () => {
    const [{ body } = { body: undefined }] = await told('json', message(resolved, firing));
    expect(body).to.deep.equal({
      version: 1,
      id: 'message-1',
      status: 'firing',
      title: '[FIRING:1, RESOLVED:1] daily_cost, error_rate',
      text: '',
      severity: 'critical',
      sentAt: '2026-01-15T10:00:01.000Z',
      alerts: [
        {
          rule: 'daily_cost',
          fingerprint: 'daily_cost {}',
          status: 'firing',
          severity: 'critical',
          description: firing.description,
          labels: { 'gen_ai.request.model': 'gpt-5' },
          value: 12.5,
          op: '>',
          threshold: 10,
          unit: 'USD',
          startsAt: '2026-01-15T10:00:00.000Z',
          endsAt: null,
        },
        {
          rule: 'error_rate',
          fingerprint: 'error_rate {}',
          status: 'resolved',
          severity: 'warning',
          description: 'The day has cost more than 10 USD',
          labels: {},
          value: null,
          op: '>',
          threshold: 10,
          unit: 'USD',
          startsAt: '2026-01-15T10:00:00.000Z',
          endsAt: '2026-01-15T10:00:00.500Z',
        },
      ],
    });
  });

  it('slack has blocks, and calls nobody', async () => {
    const [{ body } = { body: undefined }] = await told('slack', message(firing, resolved));
    expect(body.text).to.equal('[FIRING:1, RESOLVED:1] daily_cost, error_rate');
    expect(body.blocks.map(({ type }: { type: string }) => type)).to.deep.equal([
      'header',
      'section',
      'context',
      'section',
    ]);
    const [, first, , second] = body.blocks;
    expect(first.text.text)
      .to.include('*CRITICAL daily_cost*')
      .and.include('Cost &amp; &lt;more&gt;')
      .and.include('`$12.5 &gt; $10`');
    expect(second.text.text).to.include('*RESOLVED error_rate*').and.include('no data');
    expect([first.text.verbatim, second.text.verbatim]).to.deep.equal([true, true]);
    receiver.taken.splice(0);
    const [{ body: other } = { body: undefined }] = await told('slack', plain);
    expect(other.blocks[1].text.text).to.equal('By &lt;@U1&gt; &amp; @everyone');
  });

  it('discord has embeds, and calls nobody', async () => {
    const [{ body } = { body: undefined }] = await told('discord', message(firing, resolved));
    expect(body.allowed_mentions).to.deep.equal({ parse: [] });
    expect(body.embeds.map(({ title }: { title: string }) => title)).to.deep.equal([
      String.raw`CRITICAL daily\_cost`,
      String.raw`RESOLVED error\_rate`,
    ]);
    expect(body.embeds[0].color).not.to.equal(body.embeds[1].color);
  });

  it('teams is an Adaptive Card of a workflow', async () => {
    const marked = '[click](https://example.com) _x_ *y*';
    const labels = { 'gen_ai.request.model': marked };
    const [{ body } = { body: undefined }] = await told('teams', message({ ...firing, labels }, resolved));
    expect(body.type).to.equal('message');
    const [{ contentType, content }] = body.attachments;
    expect(contentType).to.equal('application/vnd.microsoft.card.adaptive');
    expect([content.type, content.version]).to.deep.equal(['AdaptiveCard', '1.4']);
    // The one element that no device reads Markdown in.
    expect(new Set(content.body.map(({ type }: { type: string }) => type))).to.deep.equal(new Set(['RichTextBlock']));
    const lines = content.body.map(({ inlines }: { inlines: { text: string }[] }) =>
      inlines.map(({ text }) => text).join(''),
    );
    expect(lines).to.deep.equal([
      '[FIRING:1, RESOLVED:1] daily_cost, error_rate',
      'CRITICAL daily_cost',
      firing.description,
      'Value $12.5 > $10',
      'Since 2026-01-15T10:00:00.000Z',
      `Labels gen_ai.request.model=${marked}`,
      'RESOLVED error_rate',
      'The day has cost more than 10 USD',
      'Value no data',
      'Since 2026-01-15T10:00:00.000Z',
      'Until 2026-01-15T10:00:00.500Z',
    ]);
  });

  it('none says that the condition of what is over holds', async () => {
    for (const format of ['slack', 'discord', 'teams', 'alertmanager'] as const) {
      receiver.taken.splice(0);
      const [{ body } = { body: undefined }] = await told(format, message({ ...resolved, value: 4 }));
      expect(JSON.stringify(body), format).to.match(/\$4 \(fires when (>|&gt;) \$10\)/);
    }
  });

  it('pagerduty triggers and resolves an incident an alert, by one key', async () => {
    const bodies = (await told('pagerduty', message(firing, resolved))).map(({ body }) => body);
    expect(
      bodies.map(({ event_action, dedup_key, routing_key }) => [event_action, dedup_key, routing_key]),
    ).to.deep.equal([
      ['trigger', 'agent-vitals/daily_cost {}', ROUTING_KEY],
      ['resolve', 'agent-vitals/error_rate {}', ROUTING_KEY],
    ]);
    expect(bodies[0].payload).to.deep.include({
      severity: 'critical',
      component: 'daily_cost',
      timestamp: '2026-01-15T10:00:00.000Z',
    });
    expect(bodies[0].payload.source).to.be.a('string').that.is.not.empty;
    expect(bodies[0].payload.custom_details).to.deep.include({ value: 12.5, threshold: 10 });
  });

  it('pagerduty leaves no incident of a test', async () => {
    const bodies = (await told('pagerduty', { ...plain, isTest: true })).map(({ body }) => body);
    expect(bodies.map(({ event_action, dedup_key }) => [event_action, dedup_key])).to.deep.equal([
      ['trigger', 'agent-vitals/m2'],
      ['resolve', 'agent-vitals/m2'],
    ]);
  });

  it('alertmanager posts to its API, with labels as Prometheus has them', async () => {
    const [{ path, body } = { path: '', body: undefined }] = await told('alertmanager', message(firing, resolved));
    expect(path).to.equal('/x/api/v2/alerts');
    expect(body.map(({ labels, endsAt }: { labels: object; endsAt: string }) => [labels, endsAt])).to.deep.equal([
      [{ alertname: 'daily_cost', severity: 'critical', gen_ai_request_model: 'gpt-5' }, '2026-01-15T11:00:00.000Z'],
      [{ alertname: 'error_rate', severity: 'warning' }, '2026-01-15T10:00:00.500Z'],
    ]);
  });

  for (const [kind, character] of Object.entries({ mixed: 'ü&<"\\\n', Chinese: '漢', control: '\u0001' })) {
    it(`keeps within what the receiver takes, however much there is to say (${kind} characters)`, () =>
      keepsWithin(character.repeat(30_000 / character.length)));
  }
  const keepsWithin = async (long: string): Promise<void> => {
    const alerts = Array.from({ length: 500 }, (_, index) => ({
      rule: `rule_${index}`,
      fingerprint: String(index),
      description: long,
      labels: Object.fromEntries(Array.from({ length: 50 }, (__, label) => [`label_${label}`, long])),
    }));
    const sizes: Record<string, number> = {};
    for (const format of ['slack', 'discord', 'teams'] as const) {
      receiver.taken.splice(0);
      const [{ body, size } = { body: undefined, size: 0 }] = await told(format, message(...alerts));
      sizes[format] = size;
      const texts: string[] = [];
      JSON.stringify(body, (_key, value: unknown) => {
        if (typeof value === 'string') texts.push(value);
        return value;
      });
      expect(
        texts.every((text) => text.length <= 3000 && text.isWellFormed()),
        format,
      ).to.equal(true);
      expect(JSON.stringify(body), format).to.match(/… and \d+ more/);
      if (format === 'slack') expect(body.blocks.length).to.be.at.most(50);
      if (format === 'discord') {
        const embeds = body.embeds.map(
          (embed: any) =>
            embed.title + embed.description + embed.fields.map((field: any) => field.name + field.value).join(''),
        );
        expect(embeds.join('').length).to.be.at.most(6000);
        expect(body.content.length).to.be.at.most(2000);
      }
    }
    expect(sizes['teams']).to.be.at.most(28_000);
  };

  for (const format of FORMATS) {
    it(`${format} says a plain message too`, async () => {
      const [{ body } = { body: undefined }] = await told(format, plain);
      expect(JSON.stringify(body)).to.include('Approve');
    });
  }
});
