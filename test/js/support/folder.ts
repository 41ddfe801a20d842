// A folder of its own for each test, gone afterwards.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'fsdb-test-'));

  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.join(name)), { recursive: true });
    writeFileSync(this.join(name), text);
  }

  /** As editors save: to a temporary name, then renamed. */
  save(name: string, text: string): void {
    this.write(`${name}.tmp`, text);
    renameSync(this.join(`${name}.tmp`), this.join(name));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
