// Hono's streamSSE: a stream that everybody shares, and ten events that can be resumed.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

const app = new Hono();
const listeners = new Set();

app.get("/stream", (context) =>
  streamSSE(context, async (stream) => {
    listeners.add(stream);
    await new Promise((done) => stream.onAbort(done));
    listeners.delete(stream);
  }),
);

app.post("/emit", async (context) => {
  const { data, event, id } = await context.req.json();
  for (const stream of listeners) stream.writeSSE({ data, event, id }).catch(() => listeners.delete(stream));
  return context.json({ listeners: listeners.size });
});

app.get("/events", (context) => {
  const seen = Number(context.req.header("last-event-id") ?? 0) || 0;
  if (seen >= 10) return context.body(null, 204);
  return streamSSE(context, async (stream) => {
    for (let n = seen + 1; n <= 10; n++) {
      await stream.writeSSE({ id: String(n), data: `event ${n}` });
      await stream.sleep(100);
    }
  });
});

serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
