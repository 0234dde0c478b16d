// jayson's own HTTP server; the methods are those of the specification's examples, and a counter
import jayson from "jayson";
let n = 0;
const ok = (v) => (args, cb) => cb(null, v);
const S = new jayson.Server({
  subtract: (a, cb) => Array.isArray(a) ? (a.length === 2 ? cb(null, a[0] - a[1]) : cb(S.error(-32602))) : a && "minuend" in a ? cb(null, a.minuend - a.subtrahend) : cb(S.error(-32602)),
  sum: (a, cb) => cb(null, (a ?? []).reduce((x, y) => x + y, 0)),
  get_data: ok(["hello", 5]), update: ok(null), notify_hello: ok(null),
  echo: (a, cb) => cb(null, Array.isArray(a) ? a[0] : a?.value),
  fail: (a, cb) => process.env.JAYSON_THROW ? (() => { throw new Error("boom"); })() : cb(new Error("boom")), // a synchronous throw kills the process
  incr: (a, cb) => cb(null, ++n), count: (a, cb) => cb(null, n),
});
S.http().listen(+process.env.PORT, "127.0.0.1");
