// Lets the clients do what lines of standard input ask for: [client, function, arguments] a line,
// answered by {done} or {failed} a line.
import { createInterface } from "node:readline";
import * as graph from "./graph.mjs";
import * as sap from "./sap_cloud_sdk.mjs";

const CLIENTS = { graph, sap };

for await (const line of createInterface({ input: process.stdin })) {
  const [client, name, given] = JSON.parse(line);
  try {
    const done = await CLIENTS[client][name](...given);
    console.log(JSON.stringify({ done }));
  } catch (error) {
    console.log(JSON.stringify({ failed: String(error.stack), why: String(error.cause) }));
  }
}
