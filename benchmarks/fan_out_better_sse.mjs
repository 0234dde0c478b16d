// better-sse behind node's own server, with the routes of fan_out_servers.py.
import http from "node:http";
import { createChannel, createSession } from "better-sse";

const MESSAGE = "importing into products, some words more";
const channel = createChannel();
let serial = 0;

const emit = (number, message) => {
  const params = { id: "o", progress: number, total: 100, message };
  const update = { jsonrpc: "2.0", method: "progress.update", params };
  channel.broadcast(update, "message", { eventId: `abcdefgh-${++serial}` });
};

const burst = async (query) => {
  const pauseMs = Number(query.get("pause_ms"));
  for (let number = 0; number < Number(query.get("events")); number++) {
    emit(number, MESSAGE);
    if (pauseMs) await new Promise((done) => setTimeout(done, pauseMs));
  }
  emit(100, "END");
};

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/rpc/progress/s") {
    const session = await createSession(request, response, { keepAlive: 30_000 });
    session.push({ type: "connected", sessionId: "s" });
    channel.register(session);
  } else if (url.pathname === "/burst") {
    await burst(url.searchParams);
    response.writeHead(204).end();
  } else {
    const { user, system } = process.cpuUsage();
    response.end(String((user + system) / 1e6));
  }
});
server.listen({ port: Number(process.env.PORT), host: "127.0.0.1", backlog: 2048 });
