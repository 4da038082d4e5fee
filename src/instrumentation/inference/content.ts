// Brings prompts and answers down to the size the user allows. What comes out is always valid JSON, and says where it was cut.

const SHORTEST_TEXT = 64;

/**
 * JSON of `content` in at most `maxBytes` bytes of UTF-8: long texts are shortened first, the oldest items go last.
 * @returns `undefined` when there is nothing to write.
 * @throws what `JSON.stringify` throws.
 */
export function fitContent(content: unknown, maxBytes: number): string | undefined {
  if (content === undefined || (Array.isArray(content) && content.length === 0)) return undefined;
  const whole = JSON.stringify(content) as string | undefined;
  if (whole === undefined || fits(whole, maxBytes)) return whole;
  for (let longest = maxBytes / 2; longest >= SHORTEST_TEXT; longest /= 2) {
    const json = shorten(content, longest);
    if (fits(json, maxBytes)) return json;
  }
  return Array.isArray(content) ? newest(content, maxBytes) : JSON.stringify(cutPart('content cut'));
}

function fits(json: string, maxBytes: number): boolean {
  // A UTF-16 unit is one to three bytes.
  return json.length * 3 <= maxBytes || Buffer.byteLength(json) <= maxBytes;
}

function shorten(content: unknown, longest: number): string {
  return JSON.stringify(content, (_key, value: unknown) => {
    if (typeof value !== 'string' || value.length <= longest) return value;
    const kept = Math.floor(longest);
    return `${value.slice(0, kept).toWellFormed()}…[${value.length - kept} characters cut]`;
  });
}

/** As many of the last items as there is room for, behind a note of how many are missing. */
function newest(items: readonly unknown[], maxBytes: number): string {
  const short = items.map((item) => shorten(item ?? null, SHORTEST_TEXT));
  let first = short.length;
  // The brackets and the note.
  let bytes = 200;
  while (first > 0) {
    bytes += Buffer.byteLength(short[first - 1] as string) + 1;
    if (bytes > maxBytes) break;
    first -= 1;
  }
  const note = cutPart(`${first} items cut`);
  const isMessages = typeof items[0] === 'object' && items[0] !== null && 'parts' in items[0];
  const head = JSON.stringify(isMessages ? { role: 'system', parts: [note] } : note);
  return `[${[head, ...short.slice(first)].join(',')}]`;
}

function cutPart(note: string): object {
  return { type: 'text', content: `[agent-vitals: ${note}]` };
}
