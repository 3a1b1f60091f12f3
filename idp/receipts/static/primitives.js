// What the scripts that check have in common: how they refuse, strict base64, hashes, Ed25519.
"use strict";

const primitives = (() => {
  const utf8 = new TextEncoder();
  const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

  class Refused extends Error { // named by its code. told: what the answer needs beside its words
    constructor(code, told = {}) {
      super(code);
      this.name = code;
      this.told = told;
    }
  }
  const need = (holds, code, told) => {
    if (!holds) throw new Refused(code, told);
  };
  const attempt = (read, code) => {
    try {
      return read();
    } catch {
      throw new Refused(code);
    }
  };

  function base64(string, code) { // one value, one spelling
    const bytes = attempt(() => Uint8Array.from(atob(string), (char) => char.charCodeAt(0)), code);
    need(btoa(String.fromCharCode(...bytes)) === string, code);
    return bytes;
  }
  async function sha256(...parts) {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  }
  async function ed25519(key, signature, said) { // null where this browser does not know Ed25519
    let imported;
    try {
      imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    } catch {
      return null;
    }
    return crypto.subtle.verify("Ed25519", imported, signature, utf8.encode(said));
  }

  return { need, attempt, base64, ed25519, hex, sha256, utf8 };
})();
