// A whole log as files (c2sp.org/tlog-tiles). What is above is proved first: the file that is named is what lies.
import { check, openCheckpoint, sha256, trusting, within } from "./notes.mjs";
import { fold, leafHash, peaks, readLeaf, split } from "./tree.mjs";
const WIDTH = 256, ENTRIES = "tile/entries/", RETIRED = "retired/", NONE = Buffer.alloc(32);
const NAMES = /^(tile\/(?:[0-7]|entries)\/|retired\/)(?!x000\/)((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;
const nodes = (level, size) => Math.floor(size / WIDTH ** level), fits = ({ data, width }) => data.length === 32 * width;
function fileOf(folder, number, width) {
  const digits = `${number}`.padStart(3 * Math.ceil(`${number}`.length / 3), "0").match(/.../g), last = digits.pop();
  return folder + digits.map((three) => `x${three}/`).join("") + last + (width < WIDTH ? `.p/${width}` : "");
}
function readEntries({ data, width }) {
  const leaves = [], starts = [0];
  for (let at = 0, end; leaves.length < width && at + 2 <= data.length; starts.push((at = end))) {
    if ((end = at + 2 + data.readUInt16BE(at)) > data.length) break;
    leaves.push(data.subarray(at + 2, end));
  }
  return { leaves, starts, end: starts[leaves.length] };
}
// files: { read(name): Buffer or undefined, names(): iterable }. pinned: an older note. opaque: any leaf will do.
export function verifyLog(files, policy, { pinned, opaque } = {}) {
  const gone = new Map(), told = new Set(), decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const note = () => decoder.decode(files.read("checkpoint") ?? check(false, "missing"));
  const head = within("checkpoint", 0, () => openCheckpoint(note(), policy));
  const widthOf = (level, number) => Math.max(0, Math.min(WIDTH, nodes(level, head.size) - number * WIDTH));
  function part(folder, number, width) { // or the full file that took its place
    const own = fileOf(folder, number, width), file = files.read(own) ? own : fileOf(folder, number, WIDTH);
    const data = files.read(file) ?? check(false, "missing", own);
    return { file, data, exact: file === own, level: folder[5], number, width };
  }
  const tileOf = (level, number, width) => part(`tile/${level}/`, number, width);
  const attempt = (read, ...where) => { try { return read(...where); } catch { return { data: NONE, width: 0 }; } };
  // What a tile should say, judged by what is one level below it; of a retired leaf, what it says is believed.
  function truthOf({ level, number, width, data }) {
    const said = split(data), child = (n) => attempt(tileOf, level - 1, number * WIDTH + n, WIDTH);
    const { leaves } = level > 0 ? {} : readEntries({ ...attempt(part, ENTRIES, number, width), width });
    const hashes = leaves ? leaves.map((leaf, n) => (leaf.length ? leafHash(leaf) : said[n] ?? NONE))
      : [...Array(width).keys()].map(child).map((one) => (one.width && fits(one) ? peaks(one.data)[0] : NONE));
    return Buffer.concat([...hashes, Buffer.alloc(32 * width)], 32 * width);
  }
  // Tiles, the highest first, that together must lead to a hash; else the one that lies is told by the others.
  function prove(tiles, hash) {
    const leads = (all) => all.every(fits) && fold(all.flatMap(({ data }) => peaks(data))).equals(hash);
    for (const tile of leads(tiles) ? [] : tiles.toReversed()) {
      const truth = truthOf(tile), at = truth.findIndex((byte, n) => byte !== tile.data[n]);
      const told = leads(tiles.map((one) => (one === tile ? { ...one, data: truth } : one)));
      check(!told, "it does not lead to the hash above", tile.file, at < 0 ? truth.length : at);
    }
    const odd = tiles.findLast((one) => !fits(one)) ?? tiles.at(-1);
    check(leads(tiles), "it does not lead to the hash above", odd?.file ?? "checkpoint");
    return tiles;
  }
  function edgeOf(size) { // the tiles that a tree of `size` leaves has begun
    return [7, 6, 5, 4, 3, 2, 1, 0].filter((level) => nodes(level, size) % WIDTH).map((level) => {
      const number = nodes(level + 1, size), width = nodes(level, size) % WIDTH;
      const tile = tileOf(level, number, widthOf(level, number)), cut = !tile.exact || size < head.size;
      return { ...tile, width, data: cut ? tile.data.subarray(0, 32 * width) : tile.data };
    });
  }
  const walk = ({ level, number, data }) => (level === "0" ? bundle(number, split(data))
    : split(data).forEach((hash, n) => walk(prove([tileOf(level - 1, number * WIDTH + n, WIDTH)], hash)[0])));
  function bundle(number, hashes) {
    const one = part(ENTRIES, number, hashes.length), { leaves, starts, end } = readEntries(one);
    const wrong = [...hashes.keys()].filter((n) => !leaves[n] || !leafHash(leaves[n]).equals(hashes[n]));
    const whole = end === one.data.length || !one.exact;
    const odd = wrong.find((n) => leaves[n]?.length !== 0) ?? -1;
    check(odd < 0, `not the leaf of event ${number * WIDTH + odd}`, one.file, starts[Math.min(odd, leaves.length)]);
    check(whole, "more than the bundle's leaves", one.file, end);
    if (wrong.length) account(one, part(RETIRED, number, hashes.length), hashes, wrong);
    for (const [n, leaf] of leaves.entries()) {
      const read = () => (leaf.length ? readLeaf(leaf) : {});
      const { event, facts } = opaque ? attempt(read) : within(one.file, starts[n], read);
      const { of_log, period, first, last, count, digest } = facts ?? {}, whole = (n) => (Number.isInteger(n) ? n : -1);
      if (event === "log.retired") told.add([of_log, period, ...[first, last, count].map(whole), digest].join(" "));
    }
  }
  // retired/<n> says with which class and month the missing leaves of a bundle went; an event has to confirm it.
  function account(bundle, { file, data, number }, hashes, missing) {
    const periods = new Map(), lines = data.toString("latin1").split(/(?<=\n)/);
    for (const [at, line] of lines.entries()) {
      const [, period, bits] = /^((?:consent|security) \d{4}-\d{2}) ([0-9a-f]{64})\n$/.exec(line) ?? [];
      const went = [...Array(WIDTH).keys()].filter((n) => period && BigInt(`0x${bits}`) >> BigInt(n) & 1n);
      const formed = period && !went.some((n) => periods.has(n)), before = lines.slice(0, at).join("").length;
      check(formed, "not a line of a class, a month and 256 bits of their own", file, before);
      went.forEach((n) => periods.set(n, period));
    }
    check(periods.size === missing.length && missing.every((n) => periods.has(n)), "not what is missing", file);
    for (const n of missing) {
      const last = number * WIDTH + n, bytes = Buffer.from(last.toString(16).padStart(16, "0"), "hex");
      const went = gone.get(periods.get(n)) ?? { file: bundle.file, first: last, hashed: [] };
      gone.set(periods.get(n), { ...went, last }).get(periods.get(n)).hashed.push(bytes, hashes[n]);
    }
  }
  function stray(name) {
    const [, folder, digits, partial] = NAMES.exec(name) ?? [], width = Number(partial ?? WIDTH);
    check(folder && !(partial && width >= WIDTH), "no name that the layout has", name);
    const number = Number(digits.replace(/[x/]/g, "")), now = widthOf(Number(/\d/.exec(folder) ?? 0), number);
    check(width <= now, "past the end of the tree", name);
    const data = files.read(name), wider = part(folder, number, now).data.subarray(0, data.length);
    const end = { [ENTRIES]: readEntries({ data, width }).end, [RETIRED]: data.length }[folder] ?? 32 * width;
    check(width === now || (wider.equals(data) && end === data.length), "not how the wider one begins", name);
    const { leaves } = folder === RETIRED ? readEntries(part(ENTRIES, number, now)) : { leaves: [""] };
    check(leaves.some((leaf) => !leaf.length), "no leaf of its bundle is missing", name);
  }
  prove(edgeOf(head.size), head.root).forEach(walk);
  for (const [period, { file, first, last, hashed }] of gone) { // one event says all; others, where that began
    const n = hashed.length / 2, all = `${period} ${first} ${last} ${n} ${sha256(...hashed).toString("hex")}`;
    const began = (from, to, count) => Number(from) === first && Number(to) < last && Number(count) < n;
    const right = (one) => one === all || !one.startsWith(`${period} `) || began(...one.split(" ").slice(2));
    check(told.has(all) && [...told].every(right), `no event accounts for what went with ${period}`, file);
  }
  const old = pinned ? openCheckpoint(pinned, trusting(...policy.logs)) : head;
  const rootAt = (size) => fold(edgeOf(size).flatMap(({ data }) => peaks(data)));
  const goesOn = old.origin === head.origin && old.size <= head.size && rootAt(old.size).equals(old.root);
  check(goesOn, `it does not go on from the ${old.size} events that were pinned`, "checkpoint");
  [...files.names()].filter((name) => /^(tile|retired)\//.test(name)).forEach(stray);
  return { ...head, retired: [...gone.values()].reduce((sum, { hashed }) => sum + hashed.length / 2, 0) };
}
