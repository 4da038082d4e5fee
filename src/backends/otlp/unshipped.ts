// How much of each of our own journal files the collector has not got, by our own count: of a file that another process has removed nobody else
// can tell what of it was in memory here, and gets there without it.
import type { Share } from '../journal/segments.ts';

export class Unshipped {
  /** By path, in the order they were written. */
  readonly #files = new Map<string, { records: number; bytes: number }>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  add(path: string, records: number, bytes: number): void {
    const file = this.#files.get(path);
    if (file) {
      file.records += records;
      file.bytes += bytes;
    } else this.#files.set(path, { records, bytes });
    this.#bytes += bytes;
  }

  subtract(path: string, { records, bytes }: Share): void {
    const file = this.#files.get(path);
    if (file) this.#set(path, file, { records: file.records - records, bytes: file.bytes - bytes });
  }

  /** Another has shipped some of it meanwhile. @param left what of a file is not. */
  reduce(left: (path: string, before: Share) => Share): void {
    for (const [path, file] of this.#files) this.#set(path, file, left(path, file));
  }

  /**
   * Forgets the oldest files up to the first that is there: files are removed in the order they were written.
   * @param kept what of a file is in memory and stays.
   * @returns records that are lost.
   */
  forgetGone(isThere: (path: string) => boolean, kept: (path: string) => Share): number {
    let lost = 0;
    for (const [path, file] of this.#files) {
      if (isThere(path)) break;
      const share = kept(path);
      lost += Math.max(0, file.records - share.records);
      this.#set(path, file, share);
    }
    return lost;
  }

  #set(path: string, file: Share, { records, bytes }: Share): void {
    const left = records > 0 ? Math.max(0, bytes) : 0;
    this.#bytes += left - file.bytes;
    if (records > 0) this.#files.set(path, { records, bytes: left });
    else this.#files.delete(path);
  }
}
