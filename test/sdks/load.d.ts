// Types of load.js for the tests.
export function load(format: 'esm' | 'cjs', specifier: string): Promise<any>;
