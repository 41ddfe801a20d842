// Checks the form of everything: clang-format, Biome, layers.
//
//   node tools/lint.mjs [--fix]
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, findProgram, root, run } from './process.mjs';

const fix = process.argv.includes('--fix');
// Other versions of clang-format lay out the same code differently.
const clangFormatMajor = 14;

/** The C++ of ours: everything below these folders. */
function cppFiles() {
  return ['native', 'test/native', 'bench'].flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path, { recursive: true })
      .filter((name) => /\.(h|cc)$/.test(name))
      .map((name) => join(folder, name))
      .sort();
  });
}

function clangFormat() {
  const program = findProgram(`clang-format-${clangFormatMajor}`) ?? findProgram('clang-format');
  if (!program) fail(`clang-format is missing: apt-get install clang-format-${clangFormatMajor}`);
  const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim();
  if (!version.includes(`version ${clangFormatMajor}.`)) {
    process.stdout.write(`clang-format ${clangFormatMajor} decides; this is ${version}\n`);
  }
  const files = cppFiles();
  const status = run(program, [...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...files]);
  process.stdout.write(`clang-format: ${status === 0 ? 'ok' : 'failed'}, ${files.length} files\n`);
  return status;
}

function biome() {
  const program = join(root, 'node_modules/.bin/biome');
  if (!existsSync(program)) fail('Biome is missing: npm ci --ignore-scripts');
  return run(program, ['check', '--error-on-warnings', ...(fix ? ['--write'] : [])]);
}

function layers() {
  return run(process.execPath, ['tools/layers.mjs']);
}

const failed = [clangFormat, biome, layers].filter((check) => check() !== 0);
process.stdout.write(
  failed.length === 0
    ? 'lint: ok\n'
    : `lint: failed: ${failed.map((check) => check.name).join(', ')}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
