"use strict";
// The filter of a page: its form, and the part of the URL behind "#?", which keeps it.

/**
 * Join the form and the URL; `apply` gets `{name: [value, …]}` of what is asked for, at once and at
 * each change. Several values of one name stand in the URL with commas between them.
 */
const startFilter = (apply) => {
  const form = document.getElementById("filter");

  const read = () => {
    const asked = {};
    for (const [name, value] of new FormData(form)) {
      const text = value.trim();
      if (text) (asked[name] ??= []).push(text);
    }
    return asked;
  };

  const write = (asked) => {
    for (const field of form.elements) {
      if (!field.name) continue;
      const values = asked[field.name] ?? [];
      if (field.type === "checkbox") field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
    }
  };

  const fromUrl = () => {
    const asked = {};
    for (const [name, value] of new URLSearchParams(location.hash.slice(2))) {
      asked[name] = name === "text" ? [value] : value.split(",");
    }
    return asked;
  };

  const toUrl = (asked) => {
    const parts = Object.entries(asked).map(
      ([name, values]) => `${name}=${values.map(encodeURIComponent).join(",")}`,
    );
    const hash = parts.length ? `#?${parts.join("&")}` : "#requirements";
    history.replaceState(null, "", hash);
  };

  const changed = () => {
    const asked = read();
    toUrl(asked);
    apply(asked);
  };

  const followUrl = () => {
    if (!location.hash.startsWith("#?")) return false;
    write(fromUrl());
    apply(read());
    return true;
  };

  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault(); // a reset changes the fields after its event
    write({});
    changed();
  });
  addEventListener("hashchange", () => {
    if (followUrl()) document.getElementById("requirements").focus();
  });
  // A browser that goes back to a page fills the form in again, without an event.
  if (!followUrl()) apply(read());

  return {
    clear() {
      write({});
      apply({});
    },
  };
};

/** Tell whether each word stands in one of the texts. */
const hasWords = (words, ...texts) =>
  words.every((word) => texts.some((text) => text.includes(word)));

const wordsOf = (asked) => (asked.text?.[0] ?? "").toLowerCase().split(/\s+/).filter(Boolean);

/** Hide or show, and touch only what changes. */
const show = (node, isShown) => {
  if (node.hidden === isShown) node.hidden = !isShown;
  return isShown;
};

const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
