// Finds API keys in texts and masks them. Runs on every text that is written: what repeats is bounded, so that no text takes quadratic time.

const MASK = '[masked]';

/** Keys that show what they are, by the form their vendors give them. */
const KEYS = [
  String.raw`\bsk-[A-Za-z0-9_-]{8,}`, // OpenAI, Anthropic (sk-ant-), OpenRouter (sk-or-), DeepSeek, Langfuse
  String.raw`\b(?:xai|gsk|pplx|hf|r8|nvapi|csk|fw|tgp_v1|ghp|gho|ghs|github_pat|glpat|lsv2_[a-z]{2})[-_][A-Za-z0-9_-]{16,}`,
  String.raw`\bAIza[A-Za-z0-9_-]{20,}`, // Google
  String.raw`\bya29\.[A-Za-z0-9_-]{20,}`, // Google OAuth
  String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{12,}`, // AWS
  String.raw`\beyJ[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]*`, // JWT
];
/** Keys that stand after a word that says so; the word stays. */
const INTRODUCED = [
  String.raw`\b(?:Bearer|Basic)\s+`,
  String.raw`[?&;](?:key|api[-_]?key|access[-_]?token|auth[-_]?token|token|sig|signature|subscription-key|X-Amz-Signature|X-Amz-Credential)=`,
  String.raw`\b(?:x-)?(?:api[-_]?key|access[-_]?token|auth[-_]?token|client[-_]?secret|authorization|password)["']?\s*[:=]\s*["']?(?:Bearer\s+|Basic\s+)?`,
];
// `user:password@` of a URL.
const USER_INFO = String.raw`\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s\/@:]{0,256}:[^\s\/@]{1,1000}(?=@)`;

const KEY = KEYS.join('|');
const AFTER_WORD = `(${INTRODUCED.join('|')})[^\\s&"',;}{]{6,}|${USER_INFO}`;
const keys = new RegExp(KEY, 'g');
const introduced = new RegExp(AFTER_WORD, 'gi');
// As a rule there is nothing to mask, and to find that out is cheaper than to replace nothing: a quarter of the time, for an id of a response.
const someKey = new RegExp(KEY);
const someIntroduced = new RegExp(AFTER_WORD, 'i');
/** Without one of these no word introduces anything. */
const introducer = /[\s:=]/;

/** Shortest text that can hold a credential. */
const MIN_LENGTH = 11;
/** Longer texts hardly repeat and are not held in memory. */
const MAX_KNOWN_LENGTH = 64;
const MAX_KNOWN = 2000;
/** By the name they stand under: models, hosts and outcomes are the same from span to span. */
const knownClean = new Map<string, string>();

export function maskCredentials(text: string): string {
  if (text.length < MIN_LENGTH) return text;
  if (!someKey.test(text) && !(introducer.test(text) && someIntroduced.test(text))) return text;
  return text
    .replace(keys, MASK)
    .replace(introduced, (_, word?: string, scheme?: string) => `${word ?? scheme ?? ''}${MASK}`);
}

/** The same for what stands under `name`, which is not searched again while it stays as it is. */
export function maskCredentialsUnder(name: string, text: string): string {
  if (text.length < MIN_LENGTH || knownClean.get(name) === text) return text;
  const masked = maskCredentials(text);
  const hasRoom = knownClean.size < MAX_KNOWN || knownClean.has(name);
  if (masked === text && text.length <= MAX_KNOWN_LENGTH && hasRoom) knownClean.set(name, text);
  return masked;
}
