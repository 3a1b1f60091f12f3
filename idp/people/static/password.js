// A button beside each password that shows and hides what is typed. Without this file: a plain field.
"use strict";

for (const input of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.setAttribute("aria-controls", input.id);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? input.dataset.hide : input.dataset.show;
  };
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  // A browser saves and offers again what stands in a password field only.
  input.form.addEventListener("submit", () => show(false));
  input.after(button);
}
