// What is wrong with a text that is to be YAML: where, by line and column, as far as the parser knows.

export function yamlProblem(error: unknown): string {
  if ((error as { code?: unknown }).code === 'MULTIPLE_DOCS') return 'it has several documents; there must be one';
  // What follows shows the place.
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.replace(/:$/, '');
}
