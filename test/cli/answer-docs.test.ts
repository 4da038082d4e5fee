import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PAGES, withAnswers } from '../../scripts/answer-docs.ts';

describe('answers in the documentation', () => {
  for (const name of PAGES) {
    it(`${name} shows what the commands answer (npm run docs writes it, after a build)`, () => {
      const page = readFileSync(join(import.meta.dirname, '../..', name), 'utf8');
      expect(page).to.match(/<!-- answer: agent-vitals /);
      expect(withAnswers(page)).to.equal(page);
    });
  }
});
