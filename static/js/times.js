// Shows each <time datetime> in the operator's zone (or, while none is set, in the browser's); UTC stays in its title.
(() => {
  const zone = document.documentElement.dataset.zone || undefined;
  const day = { day: "2-digit", month: "short" };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const forms = {
    full: { ...day, year: "numeric", ...clock, second: "2-digit" },
    short: { ...day, ...clock },
    weekday: { weekday: "short", ...day, day: "numeric", ...clock },
    date: { ...day, year: "numeric" },
    time: { ...clock, second: "2-digit" },
  };
  const writers = {};

  function write(element) {
    const at = new Date(element.dateTime);
    const style = element.dataset.style;
    if (!(style in forms) || Number.isNaN(at.getTime())) return;
    const older = style === "short" && at.getFullYear() !== new Date().getFullYear();
    const key = older ? "older" : style;
    writers[key] ??= new Intl.DateTimeFormat("en-GB", { ...forms[style], ...(older && { year: "numeric" }), timeZone: zone });
    // Newer browsers write "Sept", older ones "Tue, 24 Nov"; the server and all tables write three letters and no comma there.
    element.textContent = writers[key].format(at).replace("Sept", "Sep").replace(/^([A-Z]..),/, "$1").replace(/^0(?!\d:)/, "");
  }

  const writeAll = (root) => root.querySelectorAll("time[datetime]").forEach(write);

  document.addEventListener("DOMContentLoaded", () => writeAll(document));
  // A morph puts the server's words back into a <time> that stayed, and tells of no new element.
  document.addEventListener("htmx:afterSettle", () => writeAll(document));
})();
