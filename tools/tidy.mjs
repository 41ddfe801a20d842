// Runs clang-tidy over the sources of native/: all of them, or those whose path contains a WORD.
//
//   npm run tidy -- [WORD]...
//
// Takes minutes, so it is no part of .ci/run. The checks and their reasons are in .clang-tidy.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fail, findProgram, mustRun, root } from './process.mjs';

// Of several versions, the one that belongs to the clang-format that decides.
const program = findProgram('clang-tidy-14') ?? findProgram('clang-tidy');
if (!program) fail('clang-tidy is missing: apt-get install clang-tidy');
if (!findProgram('clang++')) fail('clang is missing: apt-get install clang');

// Clang's own flags: GCC's would be findings.
const folder = join(root, 'build/analyze');
if (!existsSync(join(folder, 'compile_commands.json'))) {
  mustRun('cmake', ['--preset', 'analyze'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

const words = process.argv.slice(2);
const commands = JSON.parse(readFileSync(join(folder, 'compile_commands.json'), 'utf8'));
const files = [...new Set(commands.map(({ file }) => relative(root, file)))]
  .filter((file) => file.startsWith('native/') && existsSync(join(root, file)))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();

/** The findings in one file, or '' if there are none. */
function tidy(file) {
  return new Promise((resolve) => {
    const args = ['-p', folder, '--quiet', '--extra-arg=-Wno-unknown-warning-option', file];
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text;
      });
    }
    child.on('error', (error) => fail(`clang-tidy: ${error.message}`));
    // On success stderr only counts warnings in other people's headers.
    child.on('close', (status) => resolve(status === 0 ? '' : output.stdout || output.stderr));
  });
}

let next = 0;
let withFindings = 0;
const worker = async () => {
  while (next < files.length) {
    const findings = await tidy(files[next++]);
    if (findings === '') continue;
    withFindings += 1;
    process.stdout.write(findings.replaceAll(`${root}/`, ''));
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, worker));
process.stdout.write(`tidy: ${withFindings} of ${files.length} files have findings\n`);
process.exitCode = withFindings === 0 && files.length > 0 ? 0 : 1;
