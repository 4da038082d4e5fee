// Memory that all threads of the process have in common.
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** @returns zeros at first. Threads that are started from now on share it, under the same `key`. */
export function sharedMemory(key: string, bytes: number): SharedArrayBuffer {
  const name = `agent-vitals: ${key}`;
  const shared = getEnvironmentData(name);
  const memory = shared instanceof SharedArrayBuffer ? shared : new SharedArrayBuffer(bytes);
  setEnvironmentData(name, memory);
  return memory;
}
