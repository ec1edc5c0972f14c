// Reads its own queue of notices: each once, and those of one application in their sequence, whatever comes twice.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { connect } from "amqplib";

interface Notice {
  id: string;
  type: string;
  subject: string;
  sequence: string;
  data: { state?: string };
}

const url = process.env["EKTP_BROKER_URL"] ?? ""; // amqp://NAME:PASSWORD@host/vhost, as `ektp subscribers add` printed it
const queue = `ektp.subscribers.${new URL(url).username}`;
// Whoever hears all notices waits for the one before; whoever hears some takes what is newer than the last.
const some = process.argv.includes("--some");

// One line for each notice that came ("kept"), and one when it was done ("told"): what is in the file has happened.
const journal = "notices.jsonl";
const seen = new Set<string>();
const last = new Map<string, number>();
const waiting = new Map<string, Map<number, Notice>>();

// What does not say where an application stands (stock-low, recording-missing) is in no series.
const placeOf = (notice: Notice): [string, number] =>
  notice.data.state ? [notice.subject, Number(notice.sequence)] : [notice.id, 1];

function keep(notice: Notice): void {
  const [series, number] = placeOf(notice);
  seen.add(notice.id);
  waiting.set(series, (waiting.get(series) ?? new Map<number, Notice>()).set(number, notice));
}

function told(notice: Notice): void {
  const [series, number] = placeOf(notice);
  last.set(series, number);
  waiting.get(series)?.delete(number);
}

function next(series: string): Notice | undefined {
  const before = last.get(series) ?? 0;
  const numbers = [...(waiting.get(series)?.keys() ?? [])].sort((a, b) => a - b);
  const number = some ? numbers.find((one) => one > before) : numbers.find((one) => one === before + 1);
  return number === undefined ? undefined : waiting.get(series)?.get(number);
}

function ready(series: string): string[] {
  const lines: string[] = [];
  for (let notice = next(series); notice; notice = next(series)) {
    told(notice); // this is where you do what you do with a notice
    lines.push(`${JSON.stringify({ told: notice })}\n`);
  }
  return lines;
}

function remember(): void {
  if (!existsSync(journal)) return;
  const text = readFileSync(journal);
  const whole = text.lastIndexOf("\n") + 1; // a line that a crash has cut short never was
  truncateSync(journal, whole);
  for (const line of text.subarray(0, whole).toString().split("\n").filter(Boolean)) {
    const entry = JSON.parse(line) as { kept?: Notice; told?: Notice };
    if (entry.kept) keep(entry.kept);
    if (entry.told) told(entry.told);
  }
}

remember();
const file = openSync(journal, "a");
function write(lines: string[]): void {
  if (!lines.length) return;
  writeSync(file, lines.join(""));
  fsyncSync(file); // only then it is acknowledged
}
for (const series of waiting.keys()) write(ready(series));

const connection = await connect(url);
const channel = await connection.createChannel();
await channel.prefetch(100);
await channel.consume(queue, (message) => {
  if (message === null) process.exit(1); // the queue was deleted, or the right to read it taken away
  const notice = JSON.parse(message.content.toString()) as Notice;
  if (!seen.has(notice.id)) {
    keep(notice);
    write([`${JSON.stringify({ kept: notice })}\n`, ...ready(placeOf(notice)[0])]);
  }
  channel.ack(message);
});
connection.on("close", () => {
  closeSync(file);
  process.exit(1); // whoever started it starts it again
});
