"use strict";
(() => {
  const RED = ["fail", "error", "warn"];
  const allOf = (selector, within = document) => [...within.querySelectorAll(selector)];

  // ---- what is on the page -------------------------------------------------------------------

  const lower = (node) => node.textContent.toLowerCase();

  const specs = allOf(".spec").map((node) => ({
    node,
    groups: allOf(".group", node).map((group) => ({
      node: group,
      entries: allOf(".requirement", group).map((entry) => ({
        node: entry,
        level: entry.dataset.level,
        class: entry.dataset.class,
        checks: allOf(".checks > li", entry).map((check) => ({
          node: check,
          verdict: check.className,
        })),
      })),
    })),
  }));
  const entries = specs.flatMap((spec) => spec.groups.flatMap((group) => group.entries));
  const checkTotal = entries.reduce((sum, entry) => sum + entry.checks.length, 0);

  /** Texts are only read when someone looks for words: it takes as long as all else together. */
  const readTexts = () => {
    if (entries.length && entries[0].text !== undefined) return;
    for (const entry of entries) {
      entry.text = lower(entry.node.querySelector("summary"));
      for (const check of entry.checks) check.text = lower(check.node);
    }
  };

  // ---- the filter ----------------------------------------------------------------------------

  const asks = (values, value) => values === undefined || values.includes(value);

  const applyTo = (entry, asked, words) => {
    const fits = asks(asked.level, entry.level) && asks(asked.class, entry.class);
    let shown = 0;
    for (const check of entry.checks) {
      const isShown =
        fits &&
        asks(asked.verdict, check.verdict) &&
        (words.length === 0 || hasWords(words, entry.text, check.text));
      shown += show(check.node, isShown);
    }
    show(entry.node, shown > 0);
    return shown;
  };

  const apply = (asked) => {
    const words = wordsOf(asked);
    if (words.length) readTexts();
    let checks = 0;
    let requirements = 0;
    for (const spec of specs) {
      let before = checks;
      for (const group of spec.groups) {
        const beforeGroup = checks;
        for (const entry of group.entries) {
          const shown = applyTo(entry, asked, words);
          checks += shown;
          requirements += shown > 0;
        }
        show(group.node, checks > beforeGroup);
      }
      show(spec.node, checks > before);
    }
    show(document.getElementById("nothing"), checks === 0);
    document.getElementById("shown").textContent =
      `${counted(requirements, "requirement")} of ${entries.length}, ` +
      `${counted(checks, "check")} of ${checkTotal}`;
  };

  const filter = startFilter(apply);

  const foldAll = (open) => {
    for (const entry of entries) if (!entry.node.hidden) entry.node.open = open;
  };
  document.getElementById("unfold").addEventListener("click", () => foldAll(true));
  document.getElementById("fold").addEventListener("click", () => foldAll(false));

  /** A link to a requirement unfolds it, filtered out or not. */
  const goToTarget = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const entry = entries.find((one) => one.node.id === name);
    if (entry === undefined) return;
    if (entry.node.hidden) filter.clear();
    entry.node.open = true;
    entry.node.scrollIntoView();
    entry.node.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", goToTarget);
  addEventListener("load", goToTarget); // the browser moves the focus itself before that

  // ---- unfolding a check ---------------------------------------------------------------------

  let parsed;
  const data = () => (parsed ??= JSON.parse(document.getElementById("data").textContent));
  const joined = (numbers, separator) =>
    numbers.map((number) => data().pieces[number]).join(separator);

  /** Make an element; all that comes from the report gets in as text, never as markup. */
  const make = (tag, className, ...children) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
  };

  const makeButton = (text, act) => {
    const button = make("button", "quiet", text);
    button.type = "button";
    button.addEventListener("click", () => act(button));
    return button;
  };

  const copyButton = (text, makeText, source) =>
    makeButton(text, async (button) => {
      try {
        await navigator.clipboard.writeText(makeText());
        button.textContent = "Copied";
      } catch {
        if (source) getSelection().selectAllChildren(source);
        button.textContent = source ? "Selected: press Ctrl+C" : "The browser refused";
      }
    });

  const message = (title, numbers, size, nothing) => {
    const figure = make("figure", "message", make("figcaption", "", `${title}, ${counted(size, "byte")}`));
    if (!size) {
      figure.append(make("p", "empty", nothing));
      return figure;
    }
    const lines = numbers.map((number) => data().pieces[number]);
    const blank = lines.indexOf("");
    const split = blank < 0 ? 0 : blank + 1;
    const head = make("span", "head", lines.slice(0, split).join("\n") + (split ? "\n" : ""));
    figure.append(make("pre", "", head, lines.slice(split).join("\n")));
    return figure;
  };

  const exchangeBox = (number) => {
    const exchange = data().exchanges[number];
    const box = make("section", "exchange", make("p", "line", joined(exchange.line, " ")));
    box.setAttribute("aria-label", `Exchange ${number + 1}`);
    if (exchange.note) box.append(make("p", "", exchange.note));
    const pair = make("div", "pair");
    pair.append(
      message("Sent", exchange.request, exchange.sent, "Nothing was sent."),
      message("Came back", exchange.response, exchange.came, "Nothing came back."),
    );
    const command = make("code", "", joined(exchange.curl, "'"));
    const copy = copyButton("Copy", () => command.textContent, command);
    copy.setAttribute("aria-label", "Copy the command");
    const tryIt = make("div", "try", make("p", "", "Try it"), make("pre", "", command), copy);
    box.append(pair, tryIt);
    return box;
  };

  const fact = (list, name, text, isCode) => {
    if (text === undefined) return;
    list.append(make("div", "", make("dt", "", name), make("dd", "", isCode ? make("pre", "", text) : make("code", "", text))));
  };

  const issueText = (check, told) => {
    const entry = check.closest(".requirement");
    const link = entry.querySelector(".links a[rel]");
    const exchange = told.exchange === undefined ? undefined : data().exchanges[told.exchange];
    const lines = [
      `${entry.dataset.level} ${entry.querySelector("h5").textContent.trim()}`,
      link ? link.href : "",
      [...check.querySelectorAll(":scope > button > span")].map((one) => one.textContent).join(": "),
      [...check.querySelectorAll(":scope > p")].map((one) => one.textContent).join("\n"),
    ];
    if (exchange) {
      lines.push("", "sent:", joined(exchange.request, "\n"), "", "came back:");
      lines.push(joined(exchange.response, "\n") || "nothing", "", "try:", joined(exchange.curl, "'"));
    }
    return lines.filter((line, index) => line !== "" || index > 3).join("\n");
  };

  const toldBox = (check) => {
    const told = data().checks[Number(check.dataset.check)];
    const facts = make("dl", "facts");
    fact(facts, "Place", told.pointer);
    fact(facts, "Step", told.step);
    fact(facts, "Reason", told.reason);
    fact(facts, "Expected there", told.expected, true);
    fact(facts, "Seen there", told.seen, true);
    const box = make("div", "told-box");
    if (facts.children.length) box.append(facts);
    if (told.exchange !== undefined) box.append(exchangeBox(told.exchange));
    const others = told.others ?? [];
    if (others.length) {
      const name = told.exchange === undefined ? "exchange" : "other exchange";
      const more = makeButton(`${counted(others.length, name)} of this case`, () => {
        more.replaceWith(...others.map(exchangeBox));
        makeReachable(box);
      });
      box.append(make("p", "", more));
    }
    if (told.exchange === undefined && !others.length) {
      box.append(make("p", "empty", "No exchange of this run belongs to this check alone."));
    }
    box.append(make("p", "", copyButton("Copy for an issue", () => issueText(check, told))));
    return box;
  };

  /** What scrolls has to be reached with the keyboard. */
  const makeReachable = (box) => {
    for (const pre of allOf("pre", box)) {
      if (pre.scrollHeight > pre.clientHeight + 1) pre.tabIndex = 0;
    }
  };

  const unfold = (check, isOpen) => {
    const button = check.querySelector(":scope > button");
    let box = check.querySelector(":scope > .told-box");
    if (isOpen && box === null) {
      box = toldBox(check);
      box.id = `told-${check.dataset.check}`;
      check.append(box);
      button.setAttribute("aria-controls", box.id);
      makeReachable(box);
    }
    button.setAttribute("aria-expanded", String(isOpen));
    if (box !== null) box.hidden = !isOpen;
  };

  document.getElementById("requirements").parentElement.addEventListener("click", (event) => {
    const button = event.target.closest(".checks > li > button");
    if (button) unfold(button.parentElement, button.getAttribute("aria-expanded") !== "true");
  });

  // ---- the certificate -----------------------------------------------------------------------

  const goodUntil = document.getElementById("good-until");
  if (goodUntil && Date.parse(goodUntil.dateTime) <= Date.now()) {
    show(document.getElementById("expired"), true);
  }

  // ---- paper ---------------------------------------------------------------------------------

  // What is shown is printed unfolded; exchanges only of what is not as it should be, or a report
  // of 2,000 checks would be a book.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = allOf("details:not([open])").filter((one) => !one.closest("[hidden]"));
    for (const one of folded) one.open = true;
    for (const entry of entries) {
      if (entry.node.hidden) continue;
      for (const check of entry.checks) {
        if (!check.node.hidden && RED.includes(check.verdict)) unfold(check.node, true);
      }
    }
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
    folded = [];
  });
})();
