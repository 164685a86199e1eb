// Opens and closes <dialog>s by data-dialog and data-close, and runs the command palette.
(() => {
  function open(id) {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.matches(":modal")) return;
    dialog.open = false;
    dialog.showModal();
    dialog.querySelector("[aria-invalid=true], input:not([type=hidden]), select, textarea")?.focus();
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const closer = event.target.closest("dialog [data-close]");
    // A part that came live may ask for a dialog that this page has not: then the link leads to the page that has it.
    const there = opener && document.getElementById(opener.dataset.dialog);
    if (there || closer) event.preventDefault();
    if (there) open(opener.dataset.dialog);
    if (closer) closer.closest("dialog").close();
    // The dialog itself is only hit outside of what it holds: on the veil.
    if (event.target.matches("dialog:modal.palette, dialog:modal#shortcuts") && outside(event)) event.target.close();
  });

  function outside({ target, clientX: x, clientY: y }) {
    const box = target.getBoundingClientRect();
    return x < box.left || x > box.right || y < box.top || y > box.bottom;
  }

  // A form that came back with errors is opened again over the page; so is the dialog that a link led to.
  document.addEventListener("DOMContentLoaded", () => {
    const waiting = document.querySelector("dialog[data-open]") ?? document.querySelector("dialog:target");
    if (waiting) open(waiting.id);
    document.getElementById("palette")?.addEventListener("input", sift);
    document.getElementById("palette")?.addEventListener("keydown", move);
  });

  // The palette: what is typed sifts the pages, the arrows walk them; Enter opens the page or searches.

  function sift({ currentTarget: palette, target }) {
    const words = target.value.trim().toLowerCase().split(/\s+/);
    for (const link of palette.querySelectorAll(".list a")) {
      const name = link.querySelector("span").textContent.toLowerCase();
      link.hidden = !words.every((word) => name.includes(word));
    }
    for (const group of palette.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("a:not([hidden])");
  }

  function move(event) {
    const palette = event.currentTarget;
    const places = [palette.querySelector("input"), ...palette.querySelectorAll(".list a:not([hidden])")];
    const now = places.indexOf(document.activeElement);
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) event.preventDefault();
    if (by) places[(now + by + places.length) % places.length].focus();
    // Who types on goes on searching.
    else if (event.key.length === 1 && now > 0) places[0].focus();
  }
})();
