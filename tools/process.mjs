// Starting other programs from the tools: one place for the working directory and for failure.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

// A slow mirror should not look like a program that hangs.
const signOfLifeMs = 15_000;

/** Prints one line and ends with `code`. */
export function fail(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** The full path of a program on the PATH, or null. Spawns nothing. */
export function findProgram(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Runs a program in the project's root, its output going where ours goes. Returns its exit code. */
export function run(program, args, options = {}) {
  const { error, status, signal } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  if (error) fail(`${program}: ${error.message}`);
  return signal ? 1 : status;
}

/** As run(), but ends this process with the program's exit code if that is not 0. */
export function mustRun(program, args, options) {
  const status = run(program, args, options);
  if (status !== 0) process.exit(status);
}

/** Runs npm as run() runs a program: the npm that started us, if one did. */
export function runNpm(args, options) {
  const npm = process.env.npm_execpath;
  return npm?.endsWith('.js')
    ? run(process.execPath, [npm, ...args], options)
    : run('npm', args, options);
}

/** As run(), but says every now and then that a program that prints nothing is still at work. */
export async function runPatiently(program, args, what, options = {}) {
  const started = Date.now();
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stdout.write(`setup: ${what} still at work after ${seconds} s\n`);
  }, signOfLifeMs);
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    ...options,
  });
  const status = await new Promise((resolve) => {
    child.on('error', (error) => fail(`${program}: ${error.message}`));
    child.on('close', (code) => resolve(code ?? 1));
  });
  clearInterval(timer);
  return status;
}

/** Runs a program and calls back with each line of its output. Resolves to its exit code. */
export function runLines(program, args, onLine) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const streams = [child.stdout, child.stderr];
    for (const stream of streams) {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) onLine(line);
      });
      stream.on('end', () => rest && onLine(rest));
    }
    child.on('error', (error) => fail(`${program}: ${error.message}`));
    child.on('close', (status) => resolve(status ?? 1));
  });
}
