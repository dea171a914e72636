// Conveniences only: every page does its whole work without this file.

const KEYS_OFF = "keys-off";

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

// ---------------------------------------------------------------- menus

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

// ---------------------------------------------------------------- folded fields of a form

for (const fold of document.querySelectorAll("details[data-when]")) {
  const [name, value] = fold.dataset.when.split("=");
  const choice = fold.closest("form").elements[name];
  choice.addEventListener("change", () => {
    if (choice.value === value) fold.open = true;
  });
}

// ---------------------------------------------------------------- dialogs

for (const button of document.querySelectorAll("[data-opens]")) {
  button.hidden = false;
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}

// ---------------------------------------------------------------- keys

const keysOn = document.getElementById("keys-on");
if (keysOn) {
  keysOn.checked = localStorage.getItem(KEYS_OFF) === null;
  keysOn.addEventListener("change", () => {
    if (keysOn.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
}

function moveInList(by) {
  const links = [...document.querySelectorAll(".opens tbody th > a")];
  if (links.length === 0) return;
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next].focus();
}

function tickRow() {
  document.activeElement.closest?.("tr")?.querySelector(".pick input")?.click();
}

const KEYS = {
  "/": () => document.getElementById("find")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => moveInList(1),
  k: () => moveInList(-1),
  x: tickRow,
  n: () => document.querySelector("[data-key=n]")?.click(),
  e: () => document.querySelector("[data-key=e]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details.menu[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
    return;
  }
  const plain = !(event.ctrlKey || event.metaKey || event.altKey);
  if (!plain || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (keysOn && !keysOn.checked) return;
  const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
  if (act) {
    event.preventDefault();
    act();
  }
});

// ---------------------------------------------------------------- paper

window.addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details.fold")) part.open = true;
});

for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// ---------------------------------------------------------------- ticked rows

const ticked = document.querySelector("[data-ticked]");
const tickAll = document.querySelector("[data-ticks]");

if (tickAll) {
  const boxes = [...document.querySelectorAll(`.pick input[name="${tickAll.dataset.ticks}"]`)];
  const show = () => {
    const n = boxes.filter((box) => box.checked).length;
    ticked.textContent = n === 0 ? "" : String(n);
    tickAll.checked = n === boxes.length && n > 0;
    tickAll.indeterminate = n > 0 && n < boxes.length;
  };
  tickAll.closest("label").hidden = false;
  tickAll.addEventListener("change", () => {
    for (const box of boxes) box.checked = tickAll.checked;
    show();
  });
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

// ---------------------------------------------------------------- forms

const language = document.documentElement.lang || "vi";

for (const area of document.querySelectorAll("textarea[data-limit]")) {
  const counter = document.getElementById(`${area.id}-limit`);
  if (!counter) continue;
  const limit = Number(area.dataset.limit);
  const number = new Intl.NumberFormat(language);
  const count = () => {
    const length = area.value.length;
    counter.textContent = `${number.format(length)} / ${number.format(limit)}`;
    counter.classList.toggle("counter-over", length > limit);
  };
  area.addEventListener("input", count);
  if (area.value.length > 0) count();
}

document.getElementById("problems")?.focus();

// A second click while the first is on its way must not send a form twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "1";
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.querySelector(".areas [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
