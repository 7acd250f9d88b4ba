"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const every = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Light and dark: the system's choice until somebody makes another one.
  const theme = byId("theme");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const remembered = (value) => {
    try {
      if (value) localStorage.setItem("talos-gpu-theme", value);
      return localStorage.getItem("talos-gpu-theme");
    } catch {
      return value || null; // a browser may forbid to remember
    }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const paint = (value) => {
    if (value === "light" || value === "dark") root.dataset.theme = value;
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
  };
  theme.addEventListener("click", () => {
    const value = isDark() ? "light" : "dark";
    remembered(value);
    paint(value);
  });
  dark.addEventListener("change", () => paint());
  paint(remembered());
  theme.hidden = false;

  // Filters: kept in the address, so that a view can be sent to somebody.
  const form = byId("filters");
  const fields = ["text", "verdict", "talos", "stack"].map(byId);
  const extra = JSON.parse(byId("words").textContent);
  const rows = every("#fleet tbody tr").map((row) => ({
    row,
    id: row.dataset.row,
    text: `${row.textContent} ${extra[row.dataset.row] || ""}`.toLowerCase(),
  }));
  const articles = every("article.cluster");
  const dangers = every("#dangers [data-rows]");

  const fits = ({ row, text }) => {
    const [words, verdict, talos, stack] = fields.map((field) => field.value);
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const changed = row.dataset.verdict !== "unchanged";
    return (
      wanted.every((word) => text.includes(word)) &&
      (!verdict || (verdict === "changed" ? changed : row.dataset.verdict === verdict)) &&
      (!talos || row.dataset.talos === talos) &&
      (!stack || row.dataset.stack === stack)
    );
  };

  const apply = () => {
    const shown = new Set();
    for (const one of rows) {
      const keep = fits(one);
      one.row.hidden = !keep;
      if (keep) shown.add(one.id);
    }
    const filtered = fields.some((field) => field.value);
    for (const article of articles) article.hidden = filtered && !shown.has(article.dataset.row);
    for (const danger of dangers) {
      danger.hidden = filtered && !danger.dataset.rows.split(" ").some((id) => shown.has(id));
    }
    byId("shown").textContent = `${shown.size} of ${rows.length} clusters`;
    const none = byId("none");
    if (none) none.hidden = shown.size > 0;
  };

  const address = () => {
    const said = new URLSearchParams(fields.filter((field) => field.value).map((field) => [field.id, field.value]));
    try {
      history.replaceState(null, "", `#${said}`);
    } catch {
      // a page from a file may not be allowed to
    }
  };

  const show = (id) => {
    const target = id && byId(id);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      if (at.hidden) at.hidden = false;
    }
    target.scrollIntoView();
  };

  const read = () => {
    const said = location.hash.slice(1);
    if (said.includes("=")) {
      const wanted = new URLSearchParams(said);
      for (const field of fields) field.value = wanted.get(field.id) || "";
      apply();
    } else {
      show(said);
    }
  };

  form.addEventListener("input", () => {
    apply();
    address();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () =>
    setTimeout(() => {
      apply();
      address();
    }),
  );
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("text").focus();
    } else if (event.key === "Escape" && event.target === byId("text") && byId("text").value) {
      event.preventDefault();
      byId("text").value = "";
      apply();
      address();
    }
  });
  window.addEventListener("hashchange", read);
  form.hidden = false;
  apply();
  read();

  // Clusters: all open, all closed; everything open on paper.
  const tools = byId("tools");
  if (tools) {
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      for (const one of every("article.cluster > details")) one.open = button.dataset.all === "open";
    });
  }
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = every("details:not([open])").filter((one) => !one.classList.contains("fold"));
    for (const one of closed) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });

  // Commands: copied with one press.
  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  const copied = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return "Copied";
    } catch {
      select(code);
      return document.execCommand("copy") ? "Copied" : "Selected";
    }
  };
  for (const command of every(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      button.textContent = await copied(command.querySelector("code"));
      setTimeout(() => {
        button.textContent = "Copy";
      }, 1500);
    });
    command.append(button);
  }
})();
