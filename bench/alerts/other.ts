// Another process of the same directory, which judges until it is killed.
import { FIRING, Workload } from './workload.ts';

const workload = new Workload({ dir: process.argv[2] as string, writer: '0000beef', firing: FIRING });
process.on('message', async ({ number, nowMillis, busy }: { number: number; nowMillis: number; busy?: number }) => {
  workload.nowMillis = nowMillis;
  await workload.passInterval(number, busy);
  process.send?.({ isEvaluating: workload.engine.isEvaluating });
});
