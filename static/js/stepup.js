// Before a form that takes a fresh second factor is sent, asks whether it is fresh, and if not, for it, over the page.
// Without this the server answers with a page that asks for it; with it, it is the same server that says what is missing.
(() => {
  const asked = new WeakSet();

  async function first(event) {
    const form = event.target;
    if (!form.matches("[data-step-up]") || asked.has(form) || event.defaultPrevented) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.dataset.asking = "";
    const dialog = await missing(form, event.submitter);
    delete form.dataset.asking;
    if (dialog) show(dialog, form, event.submitter);
    else send(form, event.submitter);
  }

  async function missing(form, submitter) {
    try {
      const answer = await fetch(form.getAttribute("action") || location.href, {
        method: "POST", body: new FormData(form, submitter), headers: { "X-Step-Up-Asks": "1" }, redirect: "manual",
      });
      if (answer.status !== 403 || answer.headers.get("Step-Up") !== "required") return null;
      return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("dialog");
    } catch {
      return null; // Whatever is wrong is said by the answer to the form itself.
    }
  }

  function show(dialog, form, submitter) {
    document.getElementById("step-up")?.remove();
    document.body.append(dialog);
    dialog.dispatchEvent(new CustomEvent("step-up", { bubbles: true }));
    dialog.showModal();
    dialog.querySelector("input:not([type=hidden])")?.focus();
    dialog.addEventListener("close", () => dialog.remove());
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      for (const given of dialog.querySelectorAll("input[name^=second_factor_]")) carry(form, given);
      dialog.close();
      send(form, submitter);
    });
  }

  function carry(form, given) {
    form.querySelector(`input[name="${given.name}"]`)?.remove();
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name: given.name, value: given.value });
    form.append(kept);
  }

  function send(form, submitter) {
    asked.add(form);
    form.requestSubmit(submitter && form.contains(submitter) ? submitter : undefined);
    asked.delete(form);
  }

  // Before everybody else who listens: a form that waits for a second factor is not sent yet.
  document.addEventListener("submit", first, { capture: true });
})();
