// Times for people: points in the local time of this machine, and durations.

const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1000, 60_000, 3_600_000];
const two = (number) => String(number).padStart(2, "0");

/** A time with the offset of the time zone of this machine: `2026-11-26T06:10:02+01:00`. */
export function localTime(timeMs) {
  const date = new Date(timeMs);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day}T${timeOfDay(timeMs)}${offsetOf(date)}`;
}

/** The time of day on this machine: `06:10:02`. */
export function timeOfDay(timeMs) {
  const date = new Date(timeMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

function offsetOf(date) {
  const minutes = -date.getTimezoneOffset();
  const distance = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
}

/** A duration, rounded up to a whole number of one unit: `18 s`, `2 min`, `3 h`. */
export function duration(timeMs) {
  if (timeMs <= 90 * SECOND_MS) return `${Math.ceil(timeMs / SECOND_MS)} s`;
  return timeMs <= 90 * MINUTE_MS ? `${Math.ceil(timeMs / MINUTE_MS)} min` : `${Math.ceil(timeMs / HOUR_MS)} h`;
}
