// What ends a command: an exit code and one sentence. Anything else that is thrown is a fault of ours.

/** The exit codes of every command; the last is what a shell gives for a process that SIGPIPE has ended. */
export const ExitCode = { done: 0, negative: 1, usage: 2, readerGone: 141 };

/** A job that came out negative, or a command that cannot run as it was asked to. Its message is for a person. */
export class CommandError extends Error {
  constructor(message, { code, exitCode = ExitCode.usage, cause } = {}) {
    super(message, { cause });
    this.name = "CommandError";
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** The error of a command line that is wrong: exit code 2, and a pointer to the command's help. */
export function usageError(message, cause) {
  return new CommandError(message, { code: "USAGE", cause });
}

/** The error of a command that is well put and cannot be done, for what its sentence says: exit code 2. */
export function cannotRun(message, cause) {
  return new CommandError(message, { cause });
}

/** The error of a job whose result is negative: exit code 1. */
export function negativeResult(message, code) {
  return new CommandError(message, { code, exitCode: ExitCode.negative });
}

/** The error of a package that is not installed: exit code 2. `otherwise` says what can be done without it. */
export function missingDriver(what, missing, { otherwise, cause } = {}) {
  const message = `${what} needs ${missing}, which is not installed; run: npm install ${missing}`;
  return new CommandError(otherwise ? `${message}, ${otherwise}` : message, { code: "MISSING_DRIVER", cause });
}
