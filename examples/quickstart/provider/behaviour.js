// How a caller tells the provider what to do: by words joined with "+", so that every fault can be had from any SDK without special code.
// They stand behind the model name (`gpt-5-mini+429-once`), in a leading path segment (`/+500/v1/chat/completions`), or in the header `x-behaviour`.
// A word that is not in this list does nothing: use it as a tag to find the request again.

/**
 * Before the answer:
 *   400 401 403 404 413 422 429 500 503 529   always this status, with the vendor's error body
 *   429-once 500-once                         this status the first time, then the answer (asks for a retry after 20 ms)
 *   hang                                      never answers
 *   reset                                     closes the connection instead of answering
 *   bad-json                                  a 200 whose JSON is cut off in the middle
 * In a stream, after two events:
 *   stream-error     the vendor's error event, then the end
 *   stream-reset     the connection breaks
 *   stall            nothing more comes
 *   endless          pieces of the answer for ever, one each 10 ms, until the client closes
 *   slow             the ordinary answer, one event each 50 ms
 * What the answer is:
 *   echo             repeats the last user text
 *   refusal  length  filtered  refused, cut off at the token limit, stopped by the content filter
 *   reasoning        thinks first
 *   cached           part of the prompt came from the cache (Anthropic: part was written to it too)
 *   parallel         calls the first tool twice
 *   failed incomplete   the Responses API's two unhappy ends
 *   tokens=IN/OUT    bills these numbers of tokens
 */
const statusWord = /^(400|401|403|404|413|422|429|500|503|529)$/;

/** @returns {{ model: string, words: Set<string> }} the model as a vendor would know it, and the words behind it. */
export function readModel(model) {
  const [name, ...words] = String(model ?? '').split('+');
  return { model: name, words: new Set(words) };
}

/** @returns {{ path: string, words: Set<string> }} the path without its leading `/+word` segment, and the words in it. */
export function readPath(path) {
  const match = /^\/\+([^/]*)(\/.*)$/.exec(path);
  return match ? { path: match[2], words: new Set(match[1].split('+')) } : { path, words: new Set() };
}

/** The status to fail with, if a word names one. `seen` counts the requests of the same words. */
export function statusToFailWith(words, seen) {
  for (const word of words) {
    if (statusWord.test(word)) return Number(word);
    if (word.endsWith('-once') && statusWord.test(word.slice(0, 3)) && seen % 2 === 0) return Number(word.slice(0, 3));
  }
  return undefined;
}

/** The tokens to bill: those of `tokens=IN/OUT`, else the ones given. */
export function tokensToBill(words, input, output) {
  for (const word of words) {
    const match = /^tokens=(\d+)\/(\d+)$/.exec(word);
    if (match) return { input: Number(match[1]), output: Number(match[2]) };
  }
  return { input, output };
}
