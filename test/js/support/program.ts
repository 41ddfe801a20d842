// Programs that tests run as processes or Workers of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export const packagePath: string = require.resolve('filesyncdb');

// Far longer than any of them takes.
const timeoutMs = 60_000;

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** `filesyncdb` is in scope as what the package exports, `args` as the arguments. */
export function programText(body: string): string {
  return `const filesyncdb = require(${JSON.stringify(packagePath)});\n${body}`;
}

/** Runs `body` in a Node of its own, to its end. */
export async function runProgram(
  body: string,
  args: string[] = [],
  nodeOptions: string[] = [],
): Promise<Outcome> {
  const source = programText(`const args = process.argv.slice(1);\n${body}`);
  const child = spawn(process.execPath, [...nodeOptions, '-e', source, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...output };
}
