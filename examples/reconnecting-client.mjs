// A client of event streams that reconnects: a recipe over the browser's EventSource.
//
// EventSource connects again by itself: after retry, with Last-Event-ID, and not after 204 or another
// answer that is no stream. What it lacks is patience with a server that is down: browsers differ in how
// they back off. This one lets EventSource try as long as attempts fail fewer than `patience` times
// in a row; then it closes it and comes back after an exponential wait with jitter, with a new
// EventSource. That one can't be given Last-Event-ID, so the id goes into the query, as the parameter
// `idParameter` (HTML 9.2.4 leaves a server free to take it from there).
//
//   const source = new ReconnectingEventSource("/events");
//   source.addEventListener("progress", (event) => show(event.data));
//   source.onerror = () => { if (source.readyState === EventSource.CLOSED) giveUp(); };

export class ReconnectingEventSource extends EventTarget {
  #url; #options; #source; #timer; #types = new Set(["message"]);
  #failures = 0; #rounds = 0; #lastEventId = "";
  onopen = null; onmessage = null; onerror = null;
  readyState = 0;

  // options: those of EventSource, and patience (attempts), firstWaitMs, maxWaitMs, jitter (a share of the
  // wait that is added at most), idParameter.
  constructor(url, options = {}) {
    super();
    this.#url = new URL(url, globalThis.document?.baseURI);
    this.#options = { patience: 5, firstWaitMs: 3_000, maxWaitMs: 60_000, jitter: 0.3, idParameter: "lastEventId", ...options };
    this.#open();
  }

  get url() { return this.#url.href; }

  addEventListener(type, ...rest) {
    super.addEventListener(type, ...rest);
    if (!this.#types.has(type) && !["open", "error"].includes(type)) {
      this.#types.add(type);
      this.#source?.addEventListener(type, this.#take);
    }
  }

  close() {
    this.readyState = 2;
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #open() {
    const url = new URL(this.#url);
    if (this.#rounds && this.#lastEventId) url.searchParams.set(this.#options.idParameter, this.#lastEventId);
    const source = this.#source = new EventSource(url, this.#options);
    for (const type of this.#types) source.addEventListener(type, this.#take);
    source.onopen = () => {
      this.#failures = this.#rounds = 0;
      this.readyState = 1;
      this.#fire(new Event("open"));
    };
    source.onerror = () => this.#lost(source);
  }

  #lost(source) {
    this.#failures += 1;
    this.readyState = source.readyState;
    if (source.readyState !== 2 && this.#failures > this.#options.patience) {
      source.close();
      this.#timer = setTimeout(() => this.#open(), this.#waitMs(this.#rounds++));
    }
    this.#fire(new Event("error"));
  }

  #waitMs(round) {
    const { firstWaitMs, maxWaitMs, jitter } = this.#options;
    return Math.min(firstWaitMs * 2 ** round, maxWaitMs) * (1 + Math.random() * jitter);
  }

  #take = (event) => {
    if (this.readyState === 2) return;
    this.#lastEventId = event.lastEventId;
    const { data, origin, lastEventId } = event;
    this.#fire(new MessageEvent(event.type, { data, origin, lastEventId }));
  };

  #fire(event) {
    if (["open", "message", "error"].includes(event.type)) this[`on${event.type}`]?.(event);
    this.dispatchEvent(event);
  }
}

// What `wirecheck client --browser chromium --module` asks for: a source for a URL.
export default (url) => new ReconnectingEventSource(url);
