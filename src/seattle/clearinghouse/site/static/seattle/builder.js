// The builder, made quicker: borders of vessels are dragged or moved by keys, users are dragged onto vessels, and key
// pairs are made here, so that their private halves never leave the browser. The form itself works without any of it.
"use strict";

const TENTH = 10; // percent
const RESERVED = "reserved";

const builderForm = () => document.getElementById("builder");
const shareFields = () => [...document.querySelectorAll("#builder .vessel select[name$='-percent']")];
const percentOf = (field) => Number(field.value);

function showShares() {
  const fields = shareFields();
  const toGive = Number(builderForm().dataset.toGive);
  const total = fields.reduce((sum, field) => sum + percentOf(field), 0);
  const left = toGive - total;
  const bar = document.getElementById("bar");
  const pieces = fields.map((field, place) => piece(`of-${place + 1}`, percentOf(field), String(place + 1), place));
  if (left > 0) pieces.push(piece("free", left, "free"));
  const reserved = bar.querySelector(`.${RESERVED}`);
  bar.replaceChildren(...withBorders(pieces, fields), reserved);
  const told = document.getElementById("total");
  told.className = left === 0 ? "right" : "wrong";
  const rest = left > 0 ? `: ${left} % are left to give` : left < 0 ? `: that is ${-left} % too much` : "";
  told.innerHTML = `<strong class="number">${total} %</strong> of ${toGive} % given${rest}.`;
}

function piece(kind, percent, word, place) {
  const one = document.createElement("div");
  one.className = `share ${kind} w-${Math.min(percent, 100)}`;
  if (place !== undefined) one.dataset.place = place;
  one.innerHTML = `<span class="number">${word}</span> <small>${percent} %</small>`;
  return one;
}

function withBorders(pieces, fields) {
  const all = [];
  pieces.forEach((one, place) => {
    all.push(one);
    if (place + 1 < fields.length) all.push(border(place, fields));
  });
  return all;
}

function border(place, fields) {
  const one = document.createElement("button");
  const [before, after] = [fields[place], fields[place + 1]];
  one.type = "button";
  one.id = `border-${place}`;
  one.className = "border";
  one.setAttribute("role", "slider");
  one.setAttribute("aria-label", `Border of vessels ${place + 1} and ${place + 2}`);
  one.setAttribute("aria-valuemin", TENTH);
  one.setAttribute("aria-valuemax", percentOf(before) + percentOf(after) - TENTH);
  one.setAttribute("aria-valuenow", percentOf(before));
  one.setAttribute("aria-valuetext", `${percentOf(before)} % and ${percentOf(after)} %`);
  return one;
}

// Give so many tens of the vessel after a border to the one before it, as far as both keep one.
function move(place, tens) {
  const [before, after] = shareFields().slice(place, place + 2);
  const most = percentOf(after) - TENTH;
  const least = TENTH - percentOf(before);
  const change = Math.max(least, Math.min(most, tens * TENTH));
  if (!change) return;
  before.value = percentOf(before) + change;
  after.value = percentOf(after) - change;
  showShares();
  document.getElementById(`border-${place}`).focus();
}

function onKey(event) {
  const found = /^border-(\d)$/.exec(event.target.id);
  const tens = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -9, End: 9 }[event.key];
  if (!found || tens === undefined) return;
  event.preventDefault();
  move(Number(found[1]), tens);
}

let dragged = null; // a border: its place, and where the pointer was when it last moved by a tenth

function onPointerDown(event) {
  const found = /^border-(\d)$/.exec(event.target.id ?? "");
  if (!found) return;
  event.preventDefault();
  dragged = { place: Number(found[1]), from: event.clientX };
}

function onPointerMove(event) {
  if (!dragged) return;
  const tenth = document.getElementById("bar").clientWidth / 10;
  const tens = Math.round((event.clientX - dragged.from) / tenth);
  if (!tens) return;
  dragged.from += tens * tenth;
  move(dragged.place, tens);
}

function makeDraggable() {
  for (const person of document.querySelectorAll("#builder .person")) {
    const handle = document.createElement("span");
    handle.className = "grip";
    handle.draggable = true;
    handle.textContent = "\u2807";
    handle.title = "Drag onto a vessel";
    handle.setAttribute("aria-hidden", "true"); // by keyboard, the vessel's own fields do the same
    handle.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("text/x-seattle-person", person.dataset.place);
      event.dataTransfer.effectAllowed = "link";
    });
    person.append(handle);
  }
}

function vesselUnder(event) {
  return event.dataTransfer?.types.includes("text/x-seattle-person") ? event.target.closest?.("#builder .vessel") : null;
}

function onDragOver(event) {
  const vessel = vesselUnder(event);
  for (const other of document.querySelectorAll(".vessel.over")) other.classList.toggle("over", other === vessel);
  if (!vessel) return;
  event.preventDefault();
  vessel.classList.add("over");
}

// The first to come is the owner, others are users.
function onDrop(event) {
  const vessel = vesselUnder(event);
  if (!vessel) return;
  event.preventDefault();
  vessel.classList.remove("over");
  const person = event.dataTransfer.getData("text/x-seattle-person");
  const owner = vessel.querySelector("select[name$='-owner']");
  if (owner.value === "") owner.value = person;
  else if (owner.value !== person) {
    const box = [...vessel.querySelectorAll("input[type='checkbox']")].find((one) => one.value === person);
    if (box) box.checked = true;
  }
  settleOwner(vessel);
}

// An owner is not a user as well.
function settleOwner(vessel) {
  const owner = vessel.querySelector("select[name$='-owner']").value;
  for (const box of vessel.querySelectorAll("input[type='checkbox']")) {
    box.disabled = box.value === owner;
    box.checked &&= !box.disabled;
  }
}

// Names that were typed are at once those to choose from.
function showNames() {
  for (const field of document.querySelectorAll("#builder input[name^='person-'][name$='-name']")) {
    const place = field.closest(".person").dataset.place;
    const name = field.value.trim() || "(no name)";
    for (const option of document.querySelectorAll(`#builder select[name$='-owner'] option[value='${place}']`)) option.textContent = name;
    for (const box of document.querySelectorAll(`#builder input[type='checkbox'][value='${place}']`)) box.nextElementSibling.textContent = name;
  }
}

const made = new Map(); // files of the pairs that were made here, by name
let saved = true; // whether all of them were saved

async function onSubmit(event) {
  if (event.submitter?.value !== "build") return;
  const people = [...document.querySelectorAll("#builder .person")].map((one) => ({
    name: one.querySelector("input[name$='-name']").value.trim(),
    key: one.querySelector("input[name$='-key']"),
  }));
  const missing = people.filter((one) => !one.key.value.trim() && /^[0-9A-Za-z][0-9A-Za-z_]{2,39}$/.test(one.name));
  if (missing.length && globalThis.crypto?.subtle) {
    event.preventDefault();
    const [form, button] = [event.target, event.submitter];
    try {
      for (const one of missing) await makeFor(one);
    } catch { // this browser makes no such keys: then the site does
      form.removeEventListener("submit", onSubmit);
      form.requestSubmit(button);
      return;
    }
    saved = false;
  }
  if (saved) return;
  event.preventDefault();
  offerToSave();
  document.getElementById("private-zip").focus();
}

async function makeFor(person) {
  const pair = await makePair();
  made.set(person.name, pair.file);
  made.set(`${person.name}.pub`, `${pair.line} ${person.name}\n`);
  person.key.value = pair.line;
}

function offerToSave() {
  const link = document.getElementById("private-zip");
  link.href = URL.createObjectURL(zipped(made));
  link.addEventListener("click", () => { saved = true; });
  document.getElementById("save-keys").hidden = false;
}

function begin() {
  if (!builderForm()) return;
  document.getElementById("can-drag").hidden = false;
  document.getElementById("who-makes").hidden = Boolean(globalThis.crypto?.subtle);
  if (made.size) offerToSave(); // the form was changed since, and they are still nowhere else
  showShares();
  makeDraggable();
  builderForm().addEventListener("submit", onSubmit);
}

document.addEventListener("input", (event) => {
  if (!event.target.closest?.("#builder")) return;
  if (event.target.name?.endsWith("-percent")) showShares();
  if (event.target.name?.endsWith("-name")) showNames();
  if (event.target.name?.endsWith("-owner")) settleOwner(event.target.closest(".vessel"));
});
document.addEventListener("keydown", onKey);
document.addEventListener("pointerdown", onPointerDown);
document.addEventListener("pointermove", onPointerMove);
document.addEventListener("pointerup", () => { dragged = null; });
document.addEventListener("pointercancel", () => { dragged = null; });
document.addEventListener("dragover", onDragOver);
document.addEventListener("drop", onDrop);
document.addEventListener("htmx:afterSettle", begin);
begin();
