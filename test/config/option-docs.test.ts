import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { withOptionTable } from '../../scripts/option-docs.ts';

describe('docs/guide/configuration.md', () => {
  it('lists the options as they are (npm run docs writes it)', () => {
    const page = readFileSync(new URL('../../docs/guide/configuration.md', import.meta.url), 'utf8');
    expect(page).to.equal(withOptionTable(page));
  });
});
