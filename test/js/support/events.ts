import type { FileSyncDatabase, FileSyncEvents } from 'filesyncdb';

// Far longer than anything takes: a test that waits in vain fails by itself.
const timeoutMs = 20_000;

/** Resolves with the first `event` that `matches`. Listen before you act. */
export function nextEvent<E extends keyof FileSyncEvents>(
  db: FileSyncDatabase,
  event: E,
  matches: (value: FileSyncEvents[E][0]) => boolean = () => true,
): Promise<FileSyncEvents[E][0]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      db.off(event, listener);
      reject(new Error(`no such ${event} event within ${timeoutMs} ms`));
    }, timeoutMs);
    function listener(...[value]: FileSyncEvents[E]): void {
      if (!matches(value)) return;
      clearTimeout(timer);
      db.off(event, listener);
      resolve(value);
    }
    db.on(event, listener);
  });
}
