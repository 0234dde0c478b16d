// npm eventsource: EventSource for node.
import { EventSource } from "eventsource";
import { serve } from "./test-service.mjs";

const STATES = ["connecting", "open", "closed"];

serve({
  name: "npm-eventsource",
  capabilities: ["reconnects", "states", "event-type-listeners", "close-in-handler"],
  start(params, report) {
    const source = new EventSource(params.streamUrl);
    const told = () => ({ state: STATES[source.readyState] });
    const take = (event) => { if (report.event(event.type, event.data, event.lastEventId, { ...told(), origin: event.origin })) source.close(); };
    source.onopen = () => report.open(told());
    source.onerror = (event) => report.error(event.message ?? "error", told());
    source.onmessage = take;
    return { listen: (type) => source.addEventListener(type, take), close: () => source.close() };
  },
});
