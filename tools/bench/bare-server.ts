// node tools/bench/bare-server.ts <address> <file>: the reference, a server of node:http that answers from a Map.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

export interface ReadyAnswer {
  path: string;
  headers: Record<string, string>;
  body: string;
}

const [address, file] = process.argv.slice(2) as [string, string];
const answers = new Map(
  (JSON.parse(readFileSync(file, 'utf8')) as ReadyAnswer[]).map(({ path, headers, body }) => [path, { headers, body }]),
);
createServer((request, response) => {
  const answer = answers.get(request.url!);
  if (!answer) return response.writeHead(404).end();
  return response.writeHead(200, answer.headers).end(answer.body);
}).listen(8080, address);
