import { coordinationStore } from './store/process-store.ts';
import type { RecordList, StoredRecord } from './store/store.ts';

const PAGE = 1000;

/** All records of a collection, page by page; what is written meanwhile may be among them or not. `now` is when the last page was read. */
export async function allRecords(collection: string, prefix?: string): Promise<RecordList> {
  const records: StoredRecord[] = [];
  for (;;) {
    const after = records.at(-1)?.key;
    const page = await coordinationStore().list(collection, { prefix, after, limit: PAGE });
    records.push(...page.records);
    if (page.records.length < PAGE) return { now: page.now, records };
  }
}
