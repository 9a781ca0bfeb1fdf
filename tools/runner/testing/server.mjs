// A service for the specs: API and admin on $SELF, health and readiness to be switched by files in $STATE.
import { createServer } from 'node:http';
import { appendFileSync, existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { setInterval } from 'node:timers';

const { SELF, STATE, WORKER = '', FORGET_TERM = '', DRAIN_MS = '0' } = process.env;
const server = createServer((request, response) => {
  const isBad = request.url === '/readyz' ? existsSync(`${STATE}/not-ready`) : existsSync(`${STATE}/not-alive`);
  const body = isBad
    ? { ready: false, waitingFor: { words: 'not loaded' } }
    : { ready: true, environment: process.env };
  response.writeHead(isBad ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
if (process.argv[2] === 'worker') {
  setInterval(() => undefined, 60_000);
} else {
  if (existsSync(`${STATE}/crash`)) {
    console.error('a last word before the end');
    process.exit(3);
  }
  // A worker that outlives its master, as nginx's do.
  if (WORKER) spawn(process.execPath, [process.argv[1], 'worker'], { stdio: 'inherit' });
  server.listen(8080, SELF, () => appendFileSync(`${STATE}/starts`, `${process.pid}\n`));
}
process.on('SIGTERM', () => {
  if (FORGET_TERM) return;
  console.log('leaving');
  appendFileSync(`${STATE}/ends`, `${process.pid}\n`);
  setTimeout(() => process.exit(0), Number(DRAIN_MS));
});
