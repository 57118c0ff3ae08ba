// What everybody, and what staff, will see of the figures as they are typed. src/http/update/preview.rs says the same
// when the page is made: keep the two alike.

export interface Line {
  removed: boolean;
  maximum: number;
  occupied: number;
  reserved: number;
  accepting: number;
  hours: number;
}

export function everybody(kind: string, status: string, lines: Line[]): string {
  if (status === "closed") return "Closed to admissions";
  if (kind === "home_care") {
    const hours = sum(lines, "hours");
    return `${hours} ${hours === 1 ? "hour" : "hours"} a week`;
  }
  const accepting = sum(lines, "accepting");
  return `${accepting} ${accepting === 1 ? "vacancy" : "vacancies"}`;
}

export function staff(lines: Line[]): string {
  const [occupied, reserved] = [sum(lines, "occupied"), sum(lines, "reserved")];
  const left = Math.max(0, sum(lines, "maximum") - occupied - reserved - sum(lines, "accepting"));
  return `${occupied} occupied, ${reserved} reserved, ${left} not admittable`;
}

function sum(lines: Line[], key: Exclude<keyof Line, "removed">): number {
  return lines.reduce((all, line) => all + (line.removed ? 0 : line[key]), 0);
}
