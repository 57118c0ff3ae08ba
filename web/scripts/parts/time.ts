// Times in the words of the pages: "9:14am", "22 November 2026", "2 hours ago".
// Deliberately not here: a clock. Whoever asks says what time it is.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
];

export function clock(at: Date): string {
  const hour = at.getHours();
  const minutes = at.getMinutes() === 0 ? "" : `:${String(at.getMinutes()).padStart(2, "0")}`;
  return `${hour % 12 === 0 ? 12 : hour % 12}${minutes}${hour < 12 ? "am" : "pm"}`;
}

export function day(at: Date): string {
  return `${at.getDate()} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`;
}

// The hour alone today, the day with it otherwise.
export function moment(at: Date, now: Date): string {
  return day(at) === day(now) ? clock(at) : `${clock(at)}, ${day(at)}`;
}

// How long a time lasted: "9 days", "2 hours", "1 minute". The server says the same (src/base/local.rs).
export function lasting(milliseconds: number): string {
  if (milliseconds < MINUTE) return "less than a minute";
  if (milliseconds < HOUR) return count(milliseconds / MINUTE, "minute");
  if (milliseconds < DAY) return count(milliseconds / HOUR, "hour");
  return count(milliseconds / DAY, "day");
}

export function age(at: Date, now: Date): string {
  return `${lasting(now.getTime() - at.getTime())} ago`;
}

function count(amount: number, unit: string): string {
  const whole = Math.floor(amount);
  return `${whole} ${unit}${whole === 1 ? "" : "s"}`;
}
