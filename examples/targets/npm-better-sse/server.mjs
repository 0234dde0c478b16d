// better-sse behind express: a channel that everybody shares, and ten events that can be resumed.
// Data goes as it is, not as JSON: what is sent is text.
import express from "express";
import { createChannel, createSession } from "better-sse";

const app = express();
const channel = createChannel();
const serializer = (text) => text;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

app.get("/stream", async (request, response) => {
  channel.register(await createSession(request, response, { serializer, keepAlive: 1000 }));
});

app.post("/emit", express.json(), (request, response) => {
  const { data, event, id } = request.body;
  channel.broadcast(data, event ?? "message", id === undefined ? {} : { eventId: id });
  response.json({ listeners: channel.sessionCount });
});

app.get("/events", async (request, response) => {
  if (Number(request.get("last-event-id")) >= 10) return response.status(204).end();
  const session = await createSession(request, response, { serializer, trustClientEventId: true });
  for (let n = (Number(session.lastId) || 0) + 1; n <= 10; n++) {
    session.push(`event ${n}`, "message", String(n));
    await sleep(100);
  }
  response.end();
});

app.listen(Number(process.env.PORT), "127.0.0.1");
