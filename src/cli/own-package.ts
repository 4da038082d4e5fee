// Where the files of this package lie, in the sources and in the bundle alike.
import { extname, join } from 'node:path';

/** The bundle is `dist/cli.cjs`, this file `src/cli/own-package.ts`. */
const root = join(import.meta.dirname, extname(import.meta.filename) === '.ts' ? '../..' : '..');

/** The file that `--import` takes. */
export const REGISTER_FILE = join(root, 'dist/register.cjs');
