// Keys in the browser. A pair is made by WebCrypto, and its private half leaves this page only as a file that the user
// saves; the one request that is made is the form's, with the public line. Pasted private keys are not sent at all.
"use strict";

const ALGORITHM = "ssh-ed25519";
const SEED = 32; // bytes, at the end of what WebCrypto exports (RFC 8410)
const BLOCK = 8; // bytes: the private part of an OpenSSH file is padded to a multiple of it
const LINE = 70; // characters
const ascii = new TextEncoder();

const uint32 = (number) => Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const text = (bytes) => joined(uint32(bytes.length), bytes); // as RFC 4251 writes a string
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

const publicBlob = (raw) => joined(text(ascii.encode(ALGORITHM)), text(raw));

function privateFile(seed, raw, comment) {
  const check = crypto.getRandomValues(new Uint8Array(4));
  const secret = text(joined(seed, raw));
  const inner = joined(check, check, publicBlob(raw), secret, text(ascii.encode(comment)));
  const padding = Uint8Array.from({ length: (BLOCK - (inner.length % BLOCK)) % BLOCK }, (_, place) => place + 1);
  const none = text(ascii.encode("none"));
  const head = joined(ascii.encode("openssh-key-v1\0"), none, none, text(new Uint8Array()), uint32(1));
  const body = base64(joined(head, text(publicBlob(raw)), text(joined(inner, padding))));
  const lines = body.match(new RegExp(`.{1,${LINE}}`, "g"));
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

async function makePair() {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const seed = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)).slice(-SEED);
  const line = `${ALGORITHM} ${base64(publicBlob(raw))}`;
  return { line, file: privateFile(seed, raw, "seattle") };
}

function offerToMake(form) {
  const part = (id) => document.getElementById(id);
  const unable = () => {
    form.hidden = true;
    part("no-keys-here").hidden = false;
  };
  if (!globalThis.crypto?.subtle) return unable();
  form.hidden = false;
  part("make").addEventListener("click", async () => {
    let made;
    try {
      made = await makePair();
    } catch {
      return unable();
    }
    part("id_public_key").value = made.line;
    part("save").href = URL.createObjectURL(new Blob([made.file], { type: "application/octet-stream" }));
    part("step-make").hidden = true;
    part("step-save").hidden = false;
    part("save").focus();
  });
  part("save").addEventListener("click", () => {
    part("saved").hidden = false;
    part("add").disabled = false;
  });
}

function refusePrivate(form) {
  form.addEventListener("submit", (event) => {
    const field = form.elements.public_key;
    const secret = /PRIVATE KEY/i.test(field.value) || /\bS[UANCOX][A-Z2-7]{56}\b/.test(field.value);
    document.getElementById("private-pasted").hidden = !secret;
    if (!secret) return;
    event.preventDefault();
    field.value = "";
    field.focus();
  });
}

const make = document.getElementById("make-key");
if (make) offerToMake(make);
const add = document.getElementById("add-key");
if (add) refusePrivate(add);
