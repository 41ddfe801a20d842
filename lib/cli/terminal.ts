// Where the command line writes: results to stdout, errors and progress to stderr.
import type { OutputOptions } from './arguments';

export class Terminal {
  readonly #options: OutputOptions;
  #progressShown = false;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  get json(): boolean {
    return this.#options.json;
  }

  /** True where a person looks at the results. */
  get interactive(): boolean {
    return process.stdout.isTTY === true;
  }

  /** News for people: not with --json, not with --quiet. */
  say(line: string): void {
    if (!this.#options.json && !this.#options.quiet) this.print(line);
  }

  /** News for machines: only with --json. */
  event(name: string, value: object): void {
    if (this.#options.json) this.print(JSON.stringify({ event: name, ...value }));
  }

  /** A result that was asked for, whatever the options. */
  print(line: string): void {
    this.clearProgress();
    process.stdout.write(`${line}\n`);
  }

  error(line: string): void {
    this.clearProgress();
    process.stderr.write(`${line}\n`);
  }

  /** Redraws one line in place; says nothing where there is no terminal. */
  progress(text: string): void {
    if (!process.stderr.isTTY || this.#options.quiet || this.#options.json) return;
    process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    this.#progressShown = true;
  }

  clearProgress(): void {
    if (!this.#progressShown) return;
    process.stderr.write('\r\u001b[K');
    this.#progressShown = false;
  }
}
