import { expect } from 'chai';
import { configureCoordination, coordinationSettings } from '../../src/coordination/settings.ts';
import { closeCoordination } from '../../src/coordination/store/process-store.ts';
import { approvals } from '../../src/runtime/approvals.ts';
import { eventually } from '../support/eventually.ts';
import { FakeCollector } from '../support/fake-collector.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('the announcement of a request for approval', () => {
  let receiver: FakeCollector;
  const usual = coordinationSettings();
  beforeEach(async () => {
    receiver = await FakeCollector.start();
    configureCoordination({
      ...usual,
      dir: tempDir(),
      alerts: {
        ...usual.alerts,
        channels: { ops: { type: 'webhook', url: `${receiver.endpoint}/hook` } },
        allowPrivateHosts: ['127.0.0.1', 'localhost'],
      },
      coordination: { ...usual.coordination, approvalChannels: ['ops'] },
    });
  });
  afterEach(async () => {
    await closeCoordination();
    configureCoordination(usual);
    await receiver.stop();
  });
  after(removeTempDirs);

  it('goes to the channels that are named, once, with how to answer and without the context', async () => {
    const wait = approvals.request({ id: 'r-1', action: 'deploy', context: { secret: 'x1' }, agent: 'deployer' });
    await eventually('the announcement', () => receiver.taken.length === 1);
    const again = approvals.request({ id: 'r-1', action: 'deploy', context: { secret: 'x1' } });
    const { title, text, severity } = JSON.parse(receiver.taken[0]?.body ?? '') as Record<string, string>;
    expect(title).to.equal('Approval wanted: deploy');
    expect(text).to.match(/^deployer asks, and waits until .*Z\.\n.*approvals show r-1\n.*approve r-1\n.*reject r-1$/);
    expect(severity).to.equal('warning');
    expect(receiver.taken[0]?.body).not.to.contain('x1');
    await approvals.approve('r-1', { responder: 'ann' });
    expect((await Promise.all([wait, again])).map(({ status }) => status)).to.deep.equal(['approved', 'approved']);
    expect(receiver.taken).to.have.length(1);
  });

  it('does not keep the request from being answered when nobody can be told', async () => {
    receiver.answer = () => ({ status: 400 });
    const wait = approvals.request({ action: 'deploy' });
    await eventually('the attempt', () => receiver.received.length === 1);
    await approvals.reject(wait.id, { responder: 'ann' });
    expect(await wait).to.include({ status: 'rejected' });
  });
});
