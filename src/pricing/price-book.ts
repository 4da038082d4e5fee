// The price book: the data of @pydantic/genai-prices, loaded at the first call that needs a price and never at process start.
import { createRequire } from 'node:module';
import { bookProvider } from './book-provider.ts';
import { type Periods, periodsOf } from './price-periods.ts';

type Library = typeof import('@pydantic/genai-prices');

const load = createRequire(import.meta.url);
const listed = new Map<string, boolean>();
let library: Library | undefined;

/** Loads the book if it is not loaded yet: some 30 ms in which nothing else runs. */
export function loadPriceBook(): Library {
  return (library ??= load('@pydantic/genai-prices') as Library);
}

/** The record of a model, `undefined` when the book has none. Dear (up to a millisecond): callers keep the answer. */
export function findPeriods(provider: string | undefined, model: string): Periods | undefined {
  const book = loadPriceBook();
  const providerId = bookProvider(provider, model, (id) => isListed(book, id));
  if (providerId === undefined) return undefined;
  // With no usage the library only looks up, by its own rules of names, aliases and dates in names.
  const found = book.calcPrice({}, model, { providerId });
  return found === null ? undefined : periodsOf(found.model);
}

function isListed(book: Library, id: string): boolean {
  let known = listed.get(id);
  if (known === undefined) {
    // The library also finds providers that merely resemble the id; only the very same one counts here.
    known = book.findProvider({ providerId: id })?.id === id;
    if (listed.size < 1000) listed.set(id, known);
  }
  return known;
}
