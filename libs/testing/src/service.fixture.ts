// Stands for a built service: what libs/service promises of each, as far as ServiceProcess relies on it.
import { createServer } from 'node:http';

const { SELF, NAME, BEHAVIOUR } = process.env;
const log = (level: string, msg: string) => console.log(JSON.stringify({ level, msg, replica: NAME }));

if (BEHAVIOUR === 'exits') {
  console.error('service: WORDS_URL is missing');
  process.exit(78);
}
const server = createServer((_, response) => {
  if (BEHAVIOUR === 'waits') response.writeHead(503).end('{"ready":false,"waitingFor":{"words":"starting"}}');
  else response.end('{"ready":true}');
});
server.listen(8080, SELF, () => log('info', 'listening'));
process.on('SIGTERM', () => {
  log('info', 'draining');
  if (BEHAVIOUR === 'prints') process.stdout.write('no JSON\n{"level":"info","msg":"half a li');
  server.close().closeAllConnections();
});
