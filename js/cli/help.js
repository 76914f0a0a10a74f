// The text of --help, made from the same tables that the arguments are parsed with.

const EXIT_CODES = [
  "Exit codes: 0 done, also if a signal stopped a node or a service; 1 the result is negative; 2 wrong usage, a missing",
  "package, or something that you have to fix first; 141 nothing reads the standard output any more. Any other command that",
  "a signal ends has 128 plus the number of the signal: 130 for SIGINT, 143 for SIGTERM.",
];

const FAILURES = [
  "With --json a command that fails prints an object too: ok (false), code (USAGE, CANNOT_RUN or a code of the library) and",
  "message; if the command prints events, its event is failed. The sentence on standard error is printed as well.",
];

const EVENTS = "With --json each object has event, atMs (milliseconds since 1970), and:";

/** The help of `dbsharing` itself. `summaries` maps a command's name to its one-line summary. */
export function generalHelp(summaries) {
  return [
    "dbsharing keeps a collection of signed JSON records the same on every node of a task.",
    "",
    "Usage: dbsharing COMMAND [OPTIONS]",
    "",
    ...columns(Object.entries(summaries)),
    "",
    "dbsharing COMMAND --help explains a command; dbsharing --version prints the version.",
    "New here? dbsharing demo runs a whole network, and ends with the commands for your own node.",
    ...EXIT_CODES,
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command) {
  const options = Object.entries({
    ...command.options,
    json: { says: command.jsonSays ?? "print one JSON object instead" },
    help: { says: "print this help" },
  });
  return [
    `Usage: dbsharing ${command.name} ${command.usage}`,
    "",
    command.description,
    "",
    ...columns(
      options.map(([name, option]) => [`--${name}${option.placeholder ? ` ${option.placeholder}` : ""}`, saysOf(option)]),
    ),
    ...(command.events ? ["", EVENTS, ...columns(Object.entries(command.events))] : []),
    ...(command.notes ? ["", ...command.notes] : []),
    ...(command.examples ? ["", ...command.examples.map((example) => `  ${example}`)] : []),
    "",
    ...FAILURES,
    ...EXIT_CODES,
  ].join("\n");
}

function saysOf({ says, required, default: fallback, multiple }) {
  const notes = [
    required && "required",
    fallback !== undefined && `default ${fallback}`,
    multiple && "may be given several times",
  ];
  const noted = notes.filter(Boolean).join(", ");
  return noted ? `${says} (${noted})` : says;
}

function columns(rows) {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
