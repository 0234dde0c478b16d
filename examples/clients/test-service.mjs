// The test service of a client: the HTTP half of an adapter, with nothing but node's own library.
// The contract is that of launchdarkly/sse-contract-tests (docs/service_spec.md).
//
//   serve({ name, capabilities, start(params, report) { ...; return { listen(type) {}, close() {} } } })
import http from "node:http";

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

// Sends messages one after another, numbered from 1.
function reporter(callbackUrl, closeAfterEvents) {
  let number = 0, events = 0, last = Promise.resolve();
  const send = (message) => {
    const body = JSON.stringify(message), url = `${callbackUrl}/${++number}`;
    last = last.then(() => new Promise((done) => {
      const request = http.request(url, { method: "POST", agent, headers: { "Content-Length": Buffer.byteLength(body) } }, (response) => response.resume().on("end", done));
      request.on("error", done).end(body);
    }));
  };
  return {
    // Tells whether the client is to close itself now.
    event: (type, data, id, more = {}) => { send({ kind: "event", event: { type, data, id }, ...more }); return ++events === closeAfterEvents; },
    open: (more = {}) => send({ kind: "open", ...more }),
    error: (error, more = {}) => send({ kind: "error", error: String(error?.message ?? error), comment: String(error?.message ?? error), ...more }),
  };
}

export function serve({ name, capabilities, start }) {
  const running = new Map();
  let count = 0;
  const answer = (method, path, body) => {
    if (path === "/" && method === "GET") return [200, { "Content-Type": "application/json" }, JSON.stringify({ name, capabilities })];
    if (path === "/" && method === "DELETE") { setTimeout(() => process.exit(0), 50); return [204, {}]; }
    if (path === "/") {
      const params = JSON.parse(body), where = `/streams/${++count}`;
      running.set(where, start(params, reporter(params.callbackUrl, params.closeAfterEvents)));
      return [201, { Location: where }];
    }
    const client = running.get(path);
    if (!client) return [404, {}];
    if (method === "DELETE") { running.delete(path); client.close(); return [204, {}]; }
    const command = JSON.parse(body);
    if (command.command !== "listen") return [400, {}];
    client.listen(command.listen.type);
    return [202, {}];
  };
  http.createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece) => { body += piece; }).on("end", () => {
      const [status, headers, text = ""] = answer(request.method, request.url, body);
      response.writeHead(status, { Connection: "close", ...headers }).end(text);
    });
  }).listen(Number(process.argv[2]), "127.0.0.1");
}
