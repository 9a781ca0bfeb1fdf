// helm test: asks the edge as a visitor would. EDGE is its Service, HOST the name that its certificate is for.
import { request } from 'node:https';

const { EDGE, HOST } = process.env;

const get = (path) =>
  new Promise((resolve, reject) => {
    const options = { host: EDGE, port: 443, servername: HOST, path, headers: { host: HOST }, timeout: 5_000 };
    const asked = request(options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part) => (body += part));
      answer.on('end', () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], body }));
      answer.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')));
    asked.on('error', reject).end();
  });

const check = async (path, status, type, isRight) => {
  const answer = await get(path);
  const body = answer.type?.startsWith(type) ? JSON.parse(answer.body) : undefined;
  if (answer.status !== status || !body || !isRight(body)) {
    throw new Error(`GET ${path}: ${answer.status} ${answer.type}: ${answer.body.slice(0, 200)}`);
  }
  console.log(`GET ${path}: ${status}, as it should be`);
};

const checks = async () => {
  await check(
    '/api/dictionary/words/dog',
    200,
    'application/json',
    (dog) => dog.word === 'dog' && dog.senses.length > 0,
  );
  await check('/api/unheard-of', 404, 'application/problem+json', (problem) => problem.status === 404);
};

// A network policy may take a moment to let a new pod through; what is wrong after that is wrong.
for (let left = 10; ; left--) {
  try {
    await checks();
    break;
  } catch (error) {
    console.error(String(error.cause ?? error));
    if (left === 1) process.exit(1);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}
