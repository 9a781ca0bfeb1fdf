// An address where connections are not refused but never come about, as behind a firewall that says nothing.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const listening = `require('node:net').createServer().listen({ host: process.argv[1], port: 8080, backlog: 1 }, () => console.log())`;

export class DeafListener {
  readonly #process: ChildProcess;
  readonly #sockets: Socket[] = [];

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(address: string): Promise<DeafListener> {
    const child = spawn(process.execPath, ['-e', listening, address], { stdio: ['ignore', 'pipe', 'inherit'] });
    const listener = new DeafListener(child);
    await once(child.stdout, 'data');
    // It takes nobody any more, and when as many wait as may the kernel drops who comes.
    child.kill('SIGSTOP');
    for (let n = 0; n < 4; n++) listener.#sockets.push(connect(8080, address).on('error', () => {}));
    return listener;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}
