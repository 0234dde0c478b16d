// npm eventsource-parser: a line in, the pieces of a stream in base64 as JSON; a line out, its
// events as [type, data, last event ID] and its reconnection times.
import readline from "node:readline";
import { createParser } from "eventsource-parser";

for await (const line of readline.createInterface({ input: process.stdin })) {
  const events = [];
  const retries = [];
  let lastId = "";
  const parser = createParser({
    onId: (id) => { lastId = id; },
    onEvent: ({ event, data }) => events.push([event ?? "message", data, lastId]),
    onRetry: (value) => retries.push(value),
  });
  // As its readme has it with fetch: decoded on the way, which takes a byte order mark off.
  const decoder = new TextDecoder();
  for (const piece of JSON.parse(line)) parser.feed(decoder.decode(Buffer.from(piece, "base64"), { stream: true }));
  console.log(JSON.stringify({ events, retries }));
}
