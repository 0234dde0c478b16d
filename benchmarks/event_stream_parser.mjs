// npm eventsource-parser on a file cut into pieces, as fetch hands them to it: bytes, decoded on the way.
//
//   node event_stream_parser.mjs FILE LENGTHS ROUNDS
//
// LENGTHS is a file with the lengths of the pieces as JSON. Prints {"seconds": [of each round], "events"}.
import fs from "node:fs";
import { createParser } from "eventsource-parser";

const [file, lengths, rounds] = process.argv.slice(2);
const stream = fs.readFileSync(file);
let at = 0;
const pieces = JSON.parse(fs.readFileSync(lengths)).map((length) => stream.subarray(at, (at += length)));

const seconds = [];
let events = 0;
for (let round = 0; round < Number(rounds); round++) {
  events = 0;
  const begun = process.cpuUsage();
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: () => { events += 1; } });
  for (const piece of pieces) parser.feed(decoder.decode(piece, { stream: true }));
  const { user, system } = process.cpuUsage(begun);
  seconds.push((user + system) / 1e6);
}
console.log(JSON.stringify({ seconds, events }));
