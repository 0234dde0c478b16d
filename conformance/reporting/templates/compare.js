"use strict";
(() => {
  const allOf = (selector, within = document) => [...within.querySelectorAll(selector)];
  const targets = JSON.parse(document.getElementById("data").textContent).targets;

  const groups = [];
  const specs = [];
  for (const body of allOf(".matrix tbody")) {
    if (body.classList.contains("spec")) {
      specs.push({ node: body, groups: [] });
      continue;
    }
    const group = {
      node: body,
      lines: allOf(".line", body).map((node) => ({
        node,
        level: node.dataset.level,
        class: node.dataset.class,
        verdicts: node.dataset.verdicts.split(" "),
        differs: node.classList.contains("differs"),
      })),
    };
    groups.push(group);
    specs.at(-1).groups.push(group);
  }
  const lines = groups.flatMap((group) => group.lines);

  /** Texts are only read when someone looks for words. */
  const textOf = (line) =>
    (line.text ??= [
      line.node.cells[0].textContent,
      ...allOf("[title]", line.node).map((one) => one.title),
    ]
      .join("\n")
      .toLowerCase());

  // ---- the filter ----------------------------------------------------------------------------

  const asks = (values, value) => values === undefined || values.includes(value);

  const fits = (line, asked, words) =>
    (asked.only === undefined || line.differs) &&
    asks(asked.level, line.level) &&
    asks(asked.class, line.class) &&
    (asked.verdict === undefined || asked.verdict.some((one) => line.verdicts.includes(one))) &&
    (words.length === 0 || hasWords(words, textOf(line)));

  const apply = (asked) => {
    const words = wordsOf(asked);
    let shown = 0;
    for (const spec of specs) {
      const beforeSpec = shown;
      for (const group of spec.groups) {
        const before = shown;
        for (const line of group.lines) {
          const isShown = fits(line, asked, words);
          shown += show(line.node, isShown);
          if (line.unfolded) show(line.unfolded, isShown && line.isOpen);
        }
        show(group.node, shown > before);
      }
      show(spec.node, shown > beforeSpec);
    }
    show(document.getElementById("nothing"), shown === 0);
    show(document.querySelector(".matrix"), shown > 0);
    document.getElementById("shown").textContent =
      `${counted(shown, "requirement")} of ${lines.length}`;
  };

  const filter = startFilter(apply);

  // ---- unfolding a row -----------------------------------------------------------------------

  /** Make an element; all that comes from a report gets in as text, never as markup. */
  const make = (tag, ...children) => {
    const node = document.createElement(tag);
    node.append(...children);
    return node;
  };

  const told = (cell, target) => {
    const mark = cell.querySelector(".v");
    const row = make("div", make("dt", target));
    if (mark === null) {
      row.append(make("dd", "no check"));
      return row;
    }
    const copy = mark.cloneNode(true);
    copy.removeAttribute("title");
    row.append(make("dd", copy), make("dd", mark.title));
    return row;
  };

  const unfold = (line, isOpen) => {
    if (line.unfolded === undefined) {
      const cells = [...line.node.cells].slice(1);
      const place = make("td", make("dl", ...cells.map((one, index) => told(one, targets[index]))));
      place.colSpan = cells.length + 1;
      line.unfolded = make("tr", place);
      line.unfolded.className = "unfolded";
      line.unfolded.id = `told-${line.node.id}`;
      line.node.after(line.unfolded);
      line.node.querySelector("button").setAttribute("aria-controls", line.unfolded.id);
    }
    line.isOpen = isOpen;
    line.unfolded.hidden = !isOpen;
    line.node.querySelector("button").setAttribute("aria-expanded", String(isOpen));
  };

  document.querySelector(".matrix").addEventListener("click", (event) => {
    const button = event.target.closest(".line button");
    if (button === null) return;
    const node = button.closest(".line");
    unfold(
      lines.find((line) => line.node === node),
      button.getAttribute("aria-expanded") !== "true",
    );
  });

  /** A link to a requirement unfolds it, filtered out or not. */
  const goToTarget = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const line = lines.find((one) => one.node.id === name);
    if (line === undefined) return;
    if (line.node.hidden) filter.clear();
    unfold(line, true);
    line.node.scrollIntoView({ block: "center" });
    line.node.querySelector("button").focus({ preventScroll: true });
  };
  addEventListener("hashchange", goToTarget);
  addEventListener("load", goToTarget); // the browser moves the focus itself before that
})();
