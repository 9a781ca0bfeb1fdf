// Loaded into the process under test before its own code: the pipe (3) closes when whoever started it is no more, also
// by kill -9 or the end of a test run that did not come to its `finally`, and then nobody would end this process.
import { Socket } from 'node:net';

new Socket({ fd: 3 })
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume()
  .unref();
