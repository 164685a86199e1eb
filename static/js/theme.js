// Sets the theme before the first paint; the server reads the same cookie, this also serves pages it draws without one.
(() => {
  const root = document.documentElement;
  const [, chosen] = document.cookie.match(/(?:^|; )(?:__Host-)?theme=(light|dark)(?:;|$)/) ?? [];
  if (chosen) root.dataset.theme = chosen;
  root.classList.add("js");
})();
