// The keyboard: / and Ctrl+K search, j and k walk the rows, x selects, g and a letter goes to a page, ? lists them all.
(() => {
  const GO_MILLISECONDS = 1200;
  let wentAt = 0;

  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

  const actions = {
    "/": () => (document.querySelector("[data-search]") ?? document.getElementById("search"))?.focus(),
    "?": () => document.querySelector("[data-dialog=shortcuts]")?.click(),
    j: () => step(1),
    k: () => step(-1),
    x: () => document.activeElement?.closest("tr")?.querySelector("td:first-child > input[type=checkbox]")?.click(),
    g: () => { wentAt = Date.now(); },
  };

  // The row is wherever the focus is; its first link is what Enter opens, so no state of ours can go wrong.
  function step(by) {
    const rows = [...document.querySelectorAll("main table.rows tbody tr")].filter((row) => row.querySelector("td a"));
    const now = rows.indexOf(document.activeElement?.closest("tr"));
    const next = rows[now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by];
    next?.querySelector("td a").focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function go(key) {
    const link = document.querySelector(`.nav a[data-key="${CSS.escape(key)}"]`);
    wentAt = 0;
    link?.click();
    return Boolean(link);
  }

  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "k" && document.getElementById("palette")) {
      event.preventDefault();
      return document.getElementById("palette").showModal();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog:modal")) return;
    if (Date.now() - wentAt < GO_MILLISECONDS && go(key)) return event.preventDefault();
    // A page's own act goes before what the letter means everywhere.
    const act = document.querySelector(`main [data-shortcut="${CSS.escape(key)}"]`);
    if (!act && !Object.hasOwn(actions, key)) return;
    event.preventDefault();
    if (act) act.click();
    else actions[key]();
  });
})();
