// Assembles the package as it is published and packs it: build/filesyncdb-<version>.tgz.
//
//   node tools/pack.mjs [--libfyaml=DIR]
//
// Its addon is for this platform. With --libfyaml, the unpacked sources of a libfyaml release, that
// library is compiled in; otherwise the addon needs the machine's libfyaml where it is used.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, findProgram, mustRun, root, runNpm } from './process.mjs';

const stage = join(root, 'build/package');
const addonName = 'filesyncdb.node';

/** The folder in prebuilds/ that lib/native.ts looks into on this machine. */
function platform() {
  const musl =
    process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  return `${process.platform}${musl ? 'musl' : ''}-${process.arch}`;
}

/** The path of the addon to pack, built first if it is not the one of the checkout. */
function addon(libfyaml) {
  if (!libfyaml) return join(root, 'build/release', addonName);
  const folder = join(root, 'build/prebuilt');
  const args = ['-S', '.', '-B', folder, '-DCMAKE_BUILD_TYPE=Release', '--log-level=WARNING'];
  if (findProgram('ninja')) args.push('-G', 'Ninja');
  mustRun('cmake', [...args, `-DFSDB_LIBFYAML_SOURCE=${resolve(libfyaml)}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  mustRun('cmake', ['--build', folder, '--parallel', '--target', 'filesyncdb']);
  return join(folder, addonName);
}

/** Names of functions are of no use to users, and a tenth of the file. */
function copyAddon(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  if (findProgram('strip')) mustRun('strip', ['--strip-unneeded', '-o', to, from]);
  else copyFileSync(from, to);
  chmodSync(to, 0o644);
}

/** What users see of package.json: nothing of ours to run, nothing of ours to install. */
function publishedManifest() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { scripts: _scripts, devDependencies: _devDependencies, ...published } = manifest;
  return published;
}

const { values: options } = parseArgs({ options: { libfyaml: { type: 'string' } } });
const from = addon(options.libfyaml);
const manifest = publishedManifest();
rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });
writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
for (const name of ['README.md', 'LICENSE', ...manifest.files.filter((n) => n !== 'prebuilds')]) {
  cpSync(join(root, name), join(stage, name), { recursive: true });
}
copyAddon(from, join(stage, 'prebuilds', platform(), addonName));
const packed = runNpm(['pack', '--loglevel=error', '--pack-destination', join(root, 'build')], {
  cwd: stage,
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (packed !== 0) fail('pack: npm pack failed');
const tarball = join('build', `${manifest.name}-${manifest.version}.tgz`);
const files = readdirSync(stage, { recursive: true, withFileTypes: true });
const count = files.filter((entry) => entry.isFile()).length;
process.stdout.write(`pack: ${tarball}: ${count} files, addon for ${platform()}\n`);
if (!options.libfyaml) {
  process.stdout.write('pack: this addon needs libfyaml where it is used (Debian: libfyaml0)\n');
}
