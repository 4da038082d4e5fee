// What is wrong with a file, in words for people. The path is for who asks: it may be private.
import { errorName } from './guard.ts';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the disk takes no writes',
  ENOSPC: 'the disk is full',
};

export function fileProblem(error: unknown): string {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  return WORDS[code] ?? errorName(error);
}
