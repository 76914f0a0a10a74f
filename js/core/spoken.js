// How times and counts are said to people.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Until the end of the year 9999: what a task's own clock may say beyond that is not a date of four digits. */
const MAX_DATE_MS = 253_402_214_400_000;

/** A length of time, as "250 ms", "0.5 s", "18 s", "10 min", "2 h" or "3 days". */
export function spokenDuration(ms) {
  if (ms < 0.5 * SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < 2 * MINUTE_MS) return `${rounded(ms / SECOND_MS)} s`;
  if (ms < 2 * HOUR_MS) return `${rounded(ms / MINUTE_MS)} min`;
  return ms < 2 * DAY_MS ? `${rounded(ms / HOUR_MS)} h` : `${rounded(ms / DAY_MS)} days`;
}

/** With one digit behind the point where that is short, and none where it would be 0. */
function rounded(number) {
  return String(number < 10 ? Math.round(number * 10) / 10 : Math.round(number));
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
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** "a, b, and 3 more": the first few of several things, each as `named` says it. */
export function firstOf(things, most, named) {
  const few = things.slice(0, most).map(named).join(", ");
  return things.length > most ? `${few}, and ${things.length - most} more` : few;
}
