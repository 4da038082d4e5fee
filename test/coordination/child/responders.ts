// A process with many who answer one request at the same moment, each another way. Prints what each was told, as a line of JSON.
import { approvals } from '../../../src/coordination/approvals/approvals.ts';
import { closeCoordination } from '../../../src/coordination/store/process-store.ts';

const [id = '', name = '', count = '0'] = process.argv.slice(2);
await approvals.get(id);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const answers = await Promise.all(
  Array.from({ length: Number(count) }, async (_, index) => {
    const responder = `${name}-${index}`;
    const answer = approvals[(['approve', 'reject', 'cancel'] as const)[index % 3] ?? 'approve'];
    const { accepted, approval } = await answer(id, { responder });
    return [responder, accepted, approval.responder, approval.status, approval.endedAt];
  }),
);
process.stdin.destroy();
await closeCoordination();
process.stdout.write(`${JSON.stringify(answers)}\n`);
