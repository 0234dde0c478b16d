// npm eventsource-parser: a parser, and nothing else. What is around it here, fetch and the checks
// of status and media type, is what its readme leaves to its users; it never connects again.
import { EventSourceParserStream } from "eventsource-parser/stream";
import { serve } from "./test-service.mjs";

async function read(params, report, signal) {
  const response = await fetch(params.streamUrl, { signal, headers: { Accept: "text/event-stream", ...params.headers } });
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  const type = (response.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  if (type !== "text/event-stream") throw new Error(`media type ${type}`);
  let id = "";
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const event of events) {
    id = event.id ?? id;
    if (report.event(event.event ?? "message", event.data, id)) return;
  }
}

serve({
  name: "npm-eventsource-parser",
  capabilities: ["once", "headers", "close-in-handler"],
  start(params, report) {
    const abort = new AbortController();
    read(params, report, abort.signal).catch((error) => { if (!abort.signal.aborted) report.error(error); });
    return { listen() {}, close: () => abort.abort() };
  },
});
