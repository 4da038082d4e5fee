/** Version of this package, the same as in package.json (a test compares them: reading the file would cost every process start). */
export const VERSION = '0.1.0';
