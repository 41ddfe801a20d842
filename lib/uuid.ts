// Ids that sort by the time they were made: UUID version 7.
// Source: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
import { randomFillSync } from 'node:crypto';

// Random bytes are taken in stock: asking for them one id at a time costs more than the rest.
const stock = new Uint8Array(16 * 128);
let used = stock.length;

// The 12 bits behind the milliseconds count the ids of one millisecond, from a random start in the
// lower half, so that ids of one process are in order. More than fit borrow the next millisecond.
let lastMs = 0;
let counter = 0;

function randomBytes(): Uint8Array {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  used += 16;
  return stock.subarray(used - 16, used);
}

/** @internal */
export function uuidV7(now: number = Date.now()): string {
  const bytes = Buffer.from(randomBytes());
  if (now > lastMs) {
    lastMs = now;
    counter = bytes.readUInt16BE(6) & 0x7ff;
  } else if (++counter > 0xfff) {
    lastMs++;
    counter = 0;
  }
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return [...parts, hex.slice(20)].join('-');
}
