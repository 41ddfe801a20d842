// One side of a comparison, in a process of its own: it is told what to do in its first argument,
// answers with lines of JSON, and obeys the lines that it is sent.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class SideProcess {
  #child;
  #lines;
  #ended;

  constructor([program, ...args], job) {
    this.#child = spawn(program, [...args, JSON.stringify(job)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => resolve(signal ?? code));
    });
    this.#child.stdin.on('error', () => {}); // It ended before it was told to: ended() says so.
    this.name = `${program} ${args.join(' ')}`;
  }

  /** The next answer. */
  async answer() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended early: ${await this.#ended}`);
    return JSON.parse(value);
  }

  /** What has been used since the last mark. */
  async mark() {
    this.#child.stdin.write('mark\n');
    return this.answer();
  }

  signal(name) {
    this.#child.kill(name);
  }

  async stop() {
    this.#child.stdin.end('stop\n');
    const code = await this.#ended;
    if (code !== 0) throw new Error(`${this.name} ended with ${code}`);
  }
}

/** A side that does one thing and ends. */
export async function runSide(command, job) {
  const side = new SideProcess(command, job);
  const answer = await side.answer();
  await side.stop();
  return answer;
}
