// Asks the browser for what a passkey makes or signs, and sends it with the form that asked. Needs a browser of 2024 or newer.
(() => {
  const can = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

  function hideWithout(root) {
    if (can) return;
    for (const button of root.querySelectorAll("[data-passkey-go]")) button.hidden = true;
  }

  async function answer(form) {
    const options = JSON.parse(form.dataset.options);
    if (form.dataset.passkey === "create") {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  async function ask(form) {
    const field = form.querySelector("input[type=hidden][name$=passkey]");
    try {
      field.value = JSON.stringify((await answer(form)).toJSON());
    } catch (failure) {
      // Whoever waves the browser's question away has answered it.
      if (failure.name !== "NotAllowedError" && failure.name !== "AbortError") console.error(failure);
      return;
    }
    form.requestSubmit();
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-passkey-go]");
    if (button) ask(button.closest("form"));
  });
  document.addEventListener("step-up", ({ target }) => {
    hideWithout(target);
    // Where only a passkey will do, the dialog has no second thing to click.
    const form = target.querySelector("form[data-options]");
    if (can && form && !form.querySelector("input[type=text]")) ask(form);
  });
  hideWithout(document);
})();
