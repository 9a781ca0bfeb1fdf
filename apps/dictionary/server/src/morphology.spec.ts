import { describe, expect, it } from '@jest/globals';
import { basesOf } from './morphology.ts';
import { realWords } from './testing/real-words.ts';

describe(basesOf, () => {
  const words = realWords();

  it.each([
    ['dogs', ['dog']],
    ['boxes', ['box']],
    ['parties', ['party']],
    ['churches', ['church']],
    ['geese', ['goose']],
    ['mice', ['mouse']],
    ['ran', ['run']],
    ['stopped', ['stop']],
    ['was', ['be']],
    ['happiest', ['happy']],
    ['better', ['good', 'well']],
    ['saw', ['see']],
    ['leaves', ['leaf', 'leave']],
    ['axes', ['ax', 'axe']],
    ['ice creams', ['ice cream']],
    ['attorneys general', ['attorney general']],
    ['took off', ['take off']],
    ['mothers-in-law', ['mother-in-law']],
  ])('%j is of %j', (form, bases) => {
    expect(basesOf(form, words).map((word) => words.key(word))).toEqual(bases);
  });

  it.each(['dog', 'glass', 'bus', 'us', 'vest', 'bs', 'constructor', '', 's', '-', ' ', 'xyzzys', 's '.repeat(40)])(
    '%j is of no word',
    (form) => {
      expect(basesOf(form, words)).toEqual([]);
    },
  );
});
