// Searches while typing. Without this file, the form and its button do the same.
"use strict";

for (const form of document.querySelectorAll("form[data-live]")) {
  const results = document.getElementById(form.dataset.live);
  let timer = 0;
  let latest = 0;

  const refresh = async () => {
    const turn = ++latest;
    const address = new URL(form.action);
    address.search = new URLSearchParams(new FormData(form)).toString();
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok || turn !== latest) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(form.dataset.live);
      if (fresh && turn === latest) results.replaceChildren(...fresh.childNodes);
    } catch {
      // Offline: the button still says so.
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 250);
  });
}
