// What a side uses of its process: wall time, CPU time of all its threads, memory, and how long its
// event loop stood still.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const controlMs = 40;

function block(durationMs) {
  const end = performance.now() + durationMs;
  while (performance.now() < end);
}

/** A histogram that has been seen to notice a block. */
async function watchLoop() {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await sleep(20);
  block(controlMs);
  await sleep(10);
  if (delays.max / 1e6 < controlMs - 5) {
    throw new Error(
      `the loop was blocked for ${controlMs} ms and ${delays.max / 1e6} ms were seen`,
    );
  }
  return delays;
}

export class Meter {
  #delays;
  #wall;
  #cpu;
  #memory;

  /** `stalls`: watching the loop costs a wake-up every millisecond, so only those who ask get it. */
  static async start({ stalls = false } = {}) {
    const meter = new Meter();
    if (stalls) meter.#delays = await watchLoop();
    meter.#memory = process.memoryUsage.rss();
    await meter.#restart();
    return meter;
  }

  async #restart() {
    if (this.#delays) {
      this.#delays.reset();
      // A block that begins right after the reset, before its timer has run, would be missed.
      await sleep(10);
    }
    this.#cpu = process.cpuUsage();
    this.#wall = performance.now();
  }

  /** Since the last call, or the start. */
  async read() {
    const wallMs = performance.now() - this.#wall;
    const { user, system } = process.cpuUsage(this.#cpu);
    const growthMb = (process.resourceUsage().maxRSS * 1024 - this.#memory) / 2 ** 20;
    const result = { wallMs, cpuMs: (user + system) / 1000, growthMb };
    if (this.#delays) {
      await sleep(5); // What blocked until now is recorded when the loop turns.
      result.stallMs = this.#delays.max / 1e6;
    }
    await this.#restart();
    return result;
  }
}

export const job = () => JSON.parse(process.argv[2]);
export const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Obeys the lines that the parent sends until it says stop. */
export async function serve(meter) {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'stop') return;
    if (line === 'mark') answer(await meter.read());
  }
}
