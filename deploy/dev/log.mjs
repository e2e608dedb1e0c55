// The log: one line an event, with the time as the start scripts write it.

/** ISO 8601 with milliseconds and zone, as `date` has it. */
export function stamp(date = new Date()) {
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
  const part = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  return `${local}${minutes < 0 ? "-" : "+"}${part(minutes / 60)}:${part(minutes % 60)}`;
}

/** Prints a line; the name of a file may hold what would end it, or rule the terminal. */
export function say(text) {
  process.stdout.write(`${stamp()} ${text.replaceAll(/\p{Cc}/gu, "_")}\n`);
}

/** Hands over whole lines of a stream. */
export function eachLine(stream, take) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    lines.forEach(take);
  });
  stream.on("end", () => rest && take(rest));
}
