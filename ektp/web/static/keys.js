// The keyboard of the room: / search, j and k rows, g and a digit pages, ? this list.
"use strict";
(() => {
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("main tbody a.row")];
  let going = false;

  function step(by) {
    const all = rows();
    const now = all.indexOf(document.activeElement);
    const next = all[now < 0 ? (by > 0 ? 0 : all.length - 1) : now + by];
    if (next) next.focus();
  }

  const keys = {
    // Never a form that does something: what somebody types to find would be a reason to have done it.
    "/": () => document.querySelector("main input[type=search], main form[method=get] input:not([type=hidden])")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (going && /^[1-9]$/.test(event.key)) document.querySelectorAll(".doors a")[event.key - 1]?.click();
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
    going = event.key === "g";
  });
})();
