// What every page does with a script, and does well enough without: toasts, sending once, the theme, filters.
(() => {
  const BUSY = "aria-busy";
  const TOAST_SECONDS = 6;
  const MOST_TOASTS = 4;

  // Toasts. What failed stays until it is dismissed; the rest goes by itself, but not from under the pointer.

  const toasts = () => document.getElementById("toasts");

  function toast(text) {
    // What asks every second would otherwise complain every second.
    if ([...toasts().querySelectorAll("p")].some((said) => said.textContent === text)) return;
    const made = document.getElementById("toast").content.firstElementChild.cloneNode(true);
    made.querySelector("p").textContent = text;
    toasts().append(made);
    while (toasts().children.length > MOST_TOASTS) toasts().firstElementChild.remove();
  }

  function letGo(made) {
    if (made.dataset.tone === "bad" || made.dataset.tone === "warn") return;
    setTimeout(() => (made.matches(":hover, :focus-within") ? letGo(made) : made.remove()), TOAST_SECONDS * 1000);
  }

  function saidOf(status) {
    if (status === 403) return "You may not do this, or you were signed out. Load the page again.";
    if (status === 413) return "These files are too large together. Choose smaller ones: 5 MiB each, 5 at most.";
    if (status === 429) return "Too many tries. Wait a minute.";
    return "The server could not answer. What you see may be old; load the page again before you repeat anything.";
  }

  document.addEventListener("htmx:responseError", (event) => toast(saidOf(event.detail.xhr.status)));
  document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. Nothing on this page is live now."));

  // Sending once. The server refuses a second one anyway; this keeps people from wondering.

  function send(event) {
    const form = event.target;
    // By attribute: a field called "method" would hide the property, and payments have one.
    if (form.getAttribute("method") !== "post" || event.defaultPrevented) return;
    if (form.hasAttribute(BUSY)) return event.preventDefault();
    form.setAttribute(BUSY, "true");
    // Disabled only after the form was read, or the button's own value would be missing from it.
    setTimeout(() => (event.submitter ?? form.querySelector("[type=submit]"))?.setAttribute(BUSY, "true"));
  }

  function release(root) {
    for (const busy of root.querySelectorAll(`form[${BUSY}], button[${BUSY}]`)) busy.removeAttribute(BUSY);
  }

  document.addEventListener("submit", send);
  // Only the form's own answer frees it: a page asks for other things meanwhile.
  document.addEventListener("htmx:afterRequest", ({ detail: { elt } }) => elt.matches("form, button") && release(elt.parentElement ?? document));
  // The back button brings a page back as it was left: busy.
  window.addEventListener("pageshow", (event) => event.persisted && release(document));

  // Theme: what the system says until somebody chooses.

  function switchTheme() {
    const root = document.documentElement;
    const dark = (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    root.dataset.theme = dark ? "light" : "dark";
    const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
    document.cookie = `${prefix}theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
    document.dispatchEvent(new CustomEvent("theme"));
  }

  // Clicks and choices, listened to once for whatever is or will be on the page.

  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-theme-switch]")) switchTheme();
    target.closest("[data-dismiss]")?.closest(".toast").remove();
    for (const open of document.querySelectorAll(".chip[open], .dropdown[open], .me[open]")) {
      if (!open.contains(target)) open.open = false;
    }
  });

  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-filters] .chip select:not([multiple])")) target.form.requestSubmit();
    if (target.matches("[data-select-all]")) {
      for (const box of target.closest("table").querySelectorAll("tbody td:first-child > input[type=checkbox]:enabled")) {
        box.checked = target.checked;
      }
    }
    if (target.matches("td:first-child > input[type=checkbox], [data-select-all]")) countChosen();
  });

  // What is ticked to be settled together; a browser keeps the ticks when it goes back to a page.
  function countChosen() {
    for (const said of document.querySelectorAll("[data-chosen]")) {
      said.dataset.none ??= said.textContent;
      const count = document.querySelectorAll(`input[form="${said.closest("form").id}"]:checked`).length;
      said.textContent = count ? `${count} chosen` : said.dataset.none;
    }
  }
  window.addEventListener("pageshow", countChosen);
  document.addEventListener("htmx:afterSettle", countChosen);

  // What is live asks only while somebody looks, and what somebody has unfolded or ticked stays so when it is drawn anew.
  // Nor is anything drawn anew while a dialog is open or about to be: it, or the form that it is of, might be in that part.
  const isLive = (element) => element.matches("[hx-get][hx-trigger^=every]");
  const isAsked = () => document.querySelector("dialog:modal, form[data-asking]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if ((document.hidden && elt.matches("[hx-trigger^=every]")) || (isLive(elt) && isAsked())) event.preventDefault();
  });
  // What was on its way by then comes again once the dialog is closed.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (isLive(detail.requestConfig.elt) && isAsked()) detail.shouldSwap = false;
  });
  document.addEventListener("DOMContentLoaded", () => {
    const kept = { open: "details", checked: "td input[type=checkbox]" };
    Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) => !(Object.hasOwn(kept, name) && element.matches(kept[name]));
  });

  // A filter that holds nothing has no place in the address.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (!target.matches("[data-filters]")) return;
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const made of toasts()?.children ?? []) letGo(made);
    // The browser's own autofocus comes a moment after the page is there, and a first keystroke would be lost.
    ["[aria-invalid=true]", "[data-form-errors]", "[autofocus]:enabled"].map((place) => document.querySelector(place)).find(Boolean)?.focus();
  });
})();
