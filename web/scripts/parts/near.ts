// Where the reader is, as an address may say it: to some half a mile, so that nobody's own door is in a link passed on.
// Deliberately not here: asking the browser.

const DECIMALS = 2;

export function rounded({ latitude, longitude }: { latitude: number; longitude: number }): string {
  return [latitude, longitude].map((degrees) => String(Number(degrees.toFixed(DECIMALS)))).join(",");
}
