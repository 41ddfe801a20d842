// What the build needs from the machine, and how a Debian machine gets it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fail, findProgram, runPatiently } from './process.mjs';

const hasProgram = (name) => () => findProgram(name) !== null;

// pkg-config also finds libraries that did not come from a Debian package.
const hasLibrary = (name) => () =>
  findProgram('pkg-config') !== null &&
  spawnSync('pkg-config', ['--exists', name], { stdio: 'ignore' }).status === 0;

/** clang's own libraries for the sanitizers and libFuzzer live beside its version number. */
function hasClangRuntime() {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  return folders
    .filter((name) => name.startsWith('llvm-'))
    .flatMap((name) => {
      const clang = `/usr/lib/${name}/lib/clang`;
      return existsSync(clang)
        ? readdirSync(clang).map((version) => `${clang}/${version}/lib`)
        : [];
    })
    .some((path) => existsSync(path));
}

// `optional` packages are installed along with others, but nobody is stopped for want of them.
const needs = {
  build: [
    { package: 'g++', present: () => Boolean(findProgram('c++') ?? findProgram('g++')) },
    { package: 'cmake', present: hasProgram('cmake') },
    { package: 'ninja-build', present: () => Boolean(findProgram('ninja') ?? findProgram('make')) },
    { package: 'pkg-config', present: hasProgram('pkg-config') },
    { package: 'libfyaml-dev', present: hasLibrary('libfyaml') },
    { package: 'libxxhash-dev', present: hasLibrary('libxxhash') },
    { package: 'ccache', present: hasProgram('ccache'), optional: true },
  ],
  tests: [
    { package: 'libgtest-dev', present: hasLibrary('gtest') },
    { package: 'libgmock-dev', present: hasLibrary('gmock') },
  ],
  checks: [
    { package: 'ninja-build', present: hasProgram('ninja') },
    { package: 'ccache', present: hasProgram('ccache') },
    { package: 'clang', present: hasProgram('clang++') },
    { package: 'clang-format', present: hasProgram('clang-format') },
    { package: 'libclang-rt-dev', present: hasClangRuntime },
  ],
};

/** The packages that are missing for `purposes`: any of 'build', 'tests', 'checks'. */
export function missingPackages(purposes) {
  const missing = purposes.flatMap((purpose) => needs[purpose]).filter((need) => !need.present());
  if (missing.every((need) => need.optional)) return [];
  return [...new Set(missing.map((need) => need.package))];
}

// A mirror that does not answer is asked again, and given up in the end.
const aptOptions = ['-o', 'Acquire::Retries=3', '-o', 'Acquire::http::Timeout=30'];

/** Installs what is missing if this process may, or says in one line how to and ends with 1. */
export async function provide(purposes) {
  const missing = missingPackages(purposes);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !findProgram('apt-get')) {
    fail(`Missing: ${missing.join(', ')}. On Debian or Ubuntu: sudo ${command}`);
  }
  process.stdout.write(`setup: installing with apt-get: ${missing.join(' ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (args) =>
    runPatiently('apt-get', [...aptOptions, ...args, '-qq'], 'apt-get', { env });
  // The lists of a bare machine are empty or old; a failed update may still leave usable ones.
  if ((await aptGet(['update'])) !== 0) {
    process.stdout.write(
      'setup: the package lists could not be updated, going on with those here\n',
    );
  }
  if ((await aptGet(command.split(' ').slice(1))) !== 0) {
    fail(`setup: this did not work, please run it by hand: ${command}`);
  }
}
