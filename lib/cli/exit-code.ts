/** How the command line ends; documented in the help text and part of the public interface. */
export const exitCode = {
  ok: 0,
  fileErrors: 1,
  usage: 2,
  failure: 3,
  /** Ended by a signal, as shells count: 128 and the signal's number. */
  interrupted: 130,
  terminated: 143,
} as const;
