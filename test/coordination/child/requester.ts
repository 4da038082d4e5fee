// A process that asks, and is killed while it waits.
import { approvals } from '../../../src/coordination/approvals/approvals.ts';

const [id = '', timeout = '60000'] = process.argv.slice(2);
const wait = approvals.request({ id, action: 'deploy', timeout: Number(timeout), agent: 'deployer' });
process.stdout.write('asked\n');
const { status, responder } = await wait;
process.stdout.write(`${status} ${responder}\n`);
