// The arithmetic of one line of the update form: what the four numbers leave over, in words.
// Deliberately not the judge: the server decides what is right. This only says it sooner.

const LARGEST = 9999;

export interface Figures {
  maximum: number;
  occupied: number;
  reserved: number;
  accepting: number;
}

export interface Hint {
  text: string;
  wrong: boolean;
}

// A whole number as typed, or nothing if it is blank or something else.
export function whole(typed: string): number | undefined {
  const text = typed.trim();
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

// One more or one less, never beyond what the form takes. Something else than a number is left alone.
export function step(typed: string, by: 1 | -1): string {
  const number = typed.trim() === "" ? 0 : whole(typed);
  return number === undefined ? typed : String(Math.min(LARGEST, Math.max(0, number + by)));
}

export function hint({ maximum, occupied, reserved, accepting }: Figures): Hint {
  const used = occupied + reserved + accepting;
  if (used > maximum) {
    const text = `Occupied, reserved and accepting add up to ${used}, more than the maximum of ${maximum}.`;
    return { text, wrong: true };
  }
  const left = maximum - used;
  if (left === 0) return { text: `All ${places(maximum)} accounted for.`, wrong: false };
  return { text: `${places(left)} not admittable. Say why below.`, wrong: false };
}

function places(number: number): string {
  return number === 1 ? "1 place is" : `${number} places are`;
}
