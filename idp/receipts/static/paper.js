// Reads a chosen file into the text area. Without this file, its content is pasted by hand.
"use strict";

for (const box of document.querySelectorAll("[data-paper]")) {
  const text = document.getElementById(box.dataset.paper);
  const input = box.querySelector("input[type=file]");
  box.hidden = false;
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file && file.size < 60000) text.value = await file.text();
  });
}
