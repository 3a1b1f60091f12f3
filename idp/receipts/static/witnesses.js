// Whose word on a log counts: a reader's policy (C2SP tlog-policy), and the notes that are held to it (signed-note,
// tlog-checkpoint, tlog-cosignature). As strict as consent/ledger/notes, to which the tests hold it.
"use strict";

const witnesses = (() => {
  const { need, base64, ed25519, hex, sha256, utf8 } = primitives;
  const LOG = 1, WITNESS = 4; // signature types
  const NAME = /^[^\p{White_Space}\p{C}+]+$/u, SIZE = /^(0|[1-9][0-9]{0,18})$/;
  const PARTS = { __proto__: null, log: [1, 2], witness: [2, 3], group: [3, Infinity], quorum: [1, 1] };

  async function readKey(vkey, kind, code, wrongId = code) {
    const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
    need(name && NAME.test(name), code);
    const key = base64(encoded, code);
    need(key.length === 33 && key[0] === kind, code);
    need(hex((await sha256(utf8.encode(`${name}\n`), key)).slice(0, 4)) === id, wrongId);
    return { name, id, kind, key: key.slice(1) };
  }

  // The policy of whoever pins logs and asks for no witness.
  const unwitnessed = async (vkeys) => {
    const logs = [];
    for (const vkey of vkeys) logs.push(await readKey(vkey, LOG, "bad_keys"));
    return { logs, members: new Map(), quorum: "none" };
  };

  // What a file says. members: name -> a witness's key, or { least, of } of a group. Refusals tell the line.
  async function readPolicy(text) {
    need(utf8.encode(text).length <= 1_000_000 && !/[\0-\x08\x0b-\x1f\x7f]/.test(text), "policy_text");
    const policy = { logs: [], members: new Map(), quorum: null }, { logs, members } = policy;
    const keys = new Set(), grouped = new Set();
    const once = (set, value, code) => need(!set.has(value), code) ?? set.add(value);
    const fresh = (name) => need(name !== "none" && !members.has(name), "policy_taken");
    const known = (name) => need(members.has(name), "policy_unknown");
    const keyed = async (vkey, kind) => {
      const key = await readKey(vkey, kind, "policy_key", "policy_key_id");
      once(keys, `${kind} ${hex(key.key)}`, "policy_key_twice");
      return key;
    };
    const take = {
      log: async ([vkey]) => logs.push(await keyed(vkey, LOG)),
      async witness([name, vkey]) {
        fresh(name);
        members.set(name, await keyed(vkey, WITNESS));
      },
      group([name, count, ...of]) { // of names above it alone: there is no circle
        fresh(name);
        for (const one of of) known(one) ?? once(grouped, one, "policy_member");
        const named = { __proto__: null, any: 1, all: of.length }[count];
        const least = named ?? (/^[1-9][0-9]{0,3}$/.test(count) ? Number(count) : 0);
        need(least >= 1 && least <= of.length, "policy_count");
        members.set(name, { least, of });
      },
      quorum([name]) {
        need(policy.quorum === null, "policy_quorum_twice");
        if (name !== "none") known(name);
        policy.quorum = name;
      },
    };
    for (const [at, line] of text.split("\n").entries()) {
      const [word, ...parts] = line.split(/[ \t]+/).filter(Boolean);
      if (!word || word.startsWith("#")) continue;
      try {
        need(PARTS[word], "policy_line");
        need(parts.length >= PARTS[word][0] && parts.length <= PARTS[word][1], "policy_parts");
        await take[word](parts); // not spread: no engine calls with so many
      } catch (error) {
        throw Object.assign(error, { told: { line: at + 1 } });
      }
    }
    need(policy.quorum !== null, "policy_no_quorum");
    return policy;
  }

  // When a key signed, in seconds (a log does not say: 0); false if it did not, null where nobody here can tell.
  function signedAt({ kind, key }, text, data) {
    if (kind === LOG) return ed25519(key, data, text).then((holds) => holds && 0);
    const time = data.length === 72 ? new DataView(data.buffer, data.byteOffset).getBigInt64(0) : 0n;
    if (time <= 0n) return false;
    return ed25519(key, data.slice(8), `cosignature/v1\ntime ${time}\n${text}`).then((holds) => holds && Number(time));
  }

  function parseNote(note) { // nothing of it checked
    const gap = note.lastIndexOf("\n\n"), text = note.slice(0, gap + 1), lines = note.slice(gap + 2).split("\n");
    need(note.length <= 1_000_000 && gap > 0 && lines.pop() === "" && lines.length <= 100, "wrong_proof");
    need(!/[\0-\x09\x0b-\x1f\x7f\p{Cs}]/u.test(text), "wrong_proof");
    const signatures = lines.map((line) => {
      const [dash, name, encoded = "", ...more] = line.split(" "), data = base64(encoded, "wrong_proof");
      need(dash === "—" && NAME.test(name ?? "") && data.length > 4 && !more.length, "wrong_proof");
      return { who: `${name} ${hex(data.slice(0, 4))}`, data: data.slice(4) };
    });
    return { text, signatures };
  }

  function parseHead(text) {
    const [origin, size, root = "", ...more] = text.slice(0, -1).split("\n");
    need(NAME.test(origin) && SIZE.test(size) && !more.includes(""), "wrong_proof");
    need(BigInt(size) < 1n << 63n, "wrong_proof"); // what no log's column holds
    const head = { origin, size: BigInt(size), root: base64(root, "wrong_proof") };
    need(head.root.length === 32, "wrong_proof");
    return head;
  }

  // Of a quorum, its groups and its witnesses, each before its members: what they have, and what they should.
  function counted({ members, quorum }, signed) {
    const rows = new Map(), seen = new Set(["none"]), said = [], left = quorum === "none" ? [] : [quorum];
    for (const [name, member] of members) { // each stands below its own: however deep, one pass is enough
      const { least, of } = member, has = of?.filter((one) => seen.has(one)).length;
      const row = of ? { name, least, has } : { name, at: signed.get(member) ?? null };
      if (of ? has >= least : row.at !== null) seen.add(name);
      rows.set(name, row);
    }
    while (left.length) {
      const name = left.pop();
      said.push(rows.get(name));
      for (const one of members.get(name).of?.toReversed() ?? []) left.push(one);
    }
    return { enough: seen.has(quorum), rows: said };
  }

  // The head that a log of the policy signed and a quorum cosigned, with `rows` (see above); null where this browser
  // does not know Ed25519. stranger: the code for a log that the policy does not name.
  async function open(note, policy, stranger) {
    const { text, signatures } = parseNote(note), head = parseHead(text);
    const keys = [...policy.logs, ...policy.members.values()].filter(({ key }) => key), signed = new Map();
    const known = new Map(keys.map((key) => [`${key.name} ${key.id}`, key]));
    for (const { who, data } of signatures) {
      const key = known.get(who);
      if (!key || signed.has(key)) continue; // a stranger's proves nothing, and takes nothing away
      const at = await signedAt(key, text, data);
      if (at === null) return null;
      need(at !== false, key.kind === LOG ? "wrong_proof" : "wrong_cosignature", { name: key.name });
      signed.set(key, at);
    }
    need(policy.logs.some((one) => signed.has(one) && one.name === head.origin), stranger);
    const { enough, rows } = counted(policy, signed);
    need(enough, "too_few", { rows });
    return { ...head, rows };
  }

  return { open, readPolicy, unwitnessed };
})();
