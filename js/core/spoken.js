// Times and counts in words.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const UNITS = [
  { name: (count) => (count === 1 ? "day" : "days"), unitMs: 24 * HOUR_MS },
  { name: () => "h", unitMs: HOUR_MS },
  { name: () => "min", unitMs: MINUTE_MS },
  { name: () => "s", unitMs: SECOND_MS },
];
/** From this many of a unit on, the next smaller unit does not matter. */
const MANY = 10;
/** The end of the year 9999: what a task's clock may say beyond that has no year of four digits. */
const MAX_DATE_MS = 253_402_214_400_000;

/** A length of time as src/time_span.rs writes it: "250 ms", "18 s", "1 min 30 s", "10 min", "2 h 30 min", "1 day 1 h". */
export function spokenDuration(ms) {
  if (Math.round(ms) < SECOND_MS) return `${Math.round(ms)} ms`;
  const wholeMs = Math.round(ms / SECOND_MS) * SECOND_MS;
  const at = UNITS.findIndex(({ unitMs }) => wholeMs >= unitMs);
  const { name, unitMs } = UNITS[at];
  const count = Math.floor(wholeMs / unitMs);
  const less = UNITS[at + 1];
  const rest = count < MANY && less !== undefined ? Math.floor((wholeMs % unitMs) / less.unitMs) : 0;
  return `${count} ${name(count)}${rest > 0 ? ` ${rest} ${less.name(rest)}` : ""}`;
}

/** The time of day here, with its offset from UTC: "14:03:22+02:00". */
export function spokenTime(ms) {
  return Math.abs(ms) > MAX_DATE_MS ? `${ms} ms since 1970` : `${localText(ms).slice(11)}${offsetText(ms)}`;
}

/** The same after the date: "2026-11-26 14:03:22+02:00". */
export function spokenDate(ms) {
  return Math.abs(ms) > MAX_DATE_MS ? `${ms} ms since 1970` : `${localText(ms).replace("T", " ")}${offsetText(ms)}`;
}

function localText(ms) {
  return new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE_MS).toISOString().split(".")[0];
}

function offsetText(ms) {
  const minutes = -new Date(ms).getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${twoDigits(hours)}:${twoDigits(rest)}`;
}

const twoDigits = (number) => String(number).padStart(2, "0");

/** "1 record", "3 records". */
export function counted(count, noun, plural = `${noun}s`) {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** "a, b, and 3 more": the first few of several things, each as `named` words it. */
export function firstOf(things, most, named) {
  const few = things.slice(0, most).map(named).join(", ");
  return things.length > most ? `${few}, and ${things.length - most} more` : few;
}
