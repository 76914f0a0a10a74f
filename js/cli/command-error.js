// The error that ends a command, with an exit code and one sentence. Any other error is a bug of dbsharing.

/** The exit codes of every command. The last is the exit code that shells give a process ended by SIGPIPE. */
export const ExitCode = { done: 0, negative: 1, usage: 2, readerGone: 141 };

/** A job with a negative result, or a command that cannot do what it was asked. Its message is for a person. */
export class CommandError extends Error {
  constructor(message, { code, exitCode = ExitCode.usage, cause } = {}) {
    super(message, { cause });
    this.name = "CommandError";
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** A wrong command line: exit code 2, and a pointer to the help of the command. */
export function usageError(message, cause) {
  return new CommandError(message, { code: "USAGE", cause });
}

/** A correct command that cannot be done, for the reason in its sentence: exit code 2. */
export function cannotRun(message, cause) {
  return new CommandError(message, { cause });
}

/** A job with a negative result: exit code 1. */
export function negativeResult(message, code) {
  return new CommandError(message, { code, exitCode: ExitCode.negative });
}

/** A package that is not installed: exit code 2. `otherwise` says what can be done without it. */
export function missingDriver(what, missing, { otherwise, cause } = {}) {
  const message = `${what} needs ${missing}, which is not installed; run: npm install ${missing}`;
  return new CommandError(otherwise ? `${message}, ${otherwise}` : message, { code: "MISSING_DRIVER", cause });
}
