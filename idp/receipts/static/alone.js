// The receipt is checked here (checking.js), and the answer shown in this page; there is no form to send.
"use strict";

{
  const field = (id) => document.getElementById(id), { issuer, words: told } = field("alone").dataset;
  const words = JSON.parse(told), language = document.documentElement.lang, said = field("said");
  const moment = (seconds) => new Date(seconds * 1000).toLocaleString(language, { dateStyle: "long", timeStyle: "short" });

  function show(id, facts, lists) {
    const made = field(id).content.cloneNode(true);
    for (const [name, text] of Object.entries(facts)) {
      const place = made.querySelector(`[data-fact="${name}"]`);
      if (typeof text === "boolean") place.hidden = !text;
      else if (text) place.textContent = text;
      else {
        if (place.matches("dd")) place.previousElementSibling.remove();
        place.remove();
      }
    }
    for (const [name, lines] of Object.entries(lists)) {
      for (const line of lines) {
        const item = document.createElement("li");
        for (const text of [line].flat()) item.append(Object.assign(document.createElement("span"), { textContent: text }));
        made.querySelector(`[data-list="${name}"]`).append(item);
      }
    }
    said.replaceChildren(made);
    said.focus();
  }

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const standing = ({ at, has, least }) => { // of a group, of a witness that signed, of one that did not
    const { group, signed, absent } = words.witnesses;
    return least ? filled(group, { has, least }) : at ? filled(signed, { at: moment(at) }) : absent;
  };
  const seen = (rows) => rows.map((row) => [row.name, standing(row)]);

  function tell({ claims, steps, unable, witnessed }) { // a record of either version
    const { record, ledger } = claims, purpose = record.purposes?.[0] ?? record.purpose;
    const event = record.events?.at(-1) ?? record.event;
    const party = record.parties?.find((one) => one.party_role === "recipient") ?? record.recipient;
    const scopes = purpose.pii_information ?? record.scopes;
    const facts = {
      decision: `${words.states[event.event_state]}, ${moment(Date.parse(event.event_time) / 1000)}`,
      recipient: `${party.party_name ?? party.legal_entity ?? party.name} – ${party.service ?? party.name}`,
      purpose: purpose.purpose[language === "en" ? "en" : "fr"],
      id: claims.receipt_id,
      promised: steps.includes("promised") ? moment(ledger.promised_by) : "",
      unable,
      nobody: witnessed?.rows.length === 0,
      witnessed: Boolean(witnessed?.rows.length),
    };
    const lines = scopes.map((one) => [words.scopes[one.scope] ?? one.scope, words.decisions[one.decision]]);
    const told = [...steps, ...(facts.witnessed ? ["witnessed"] : [])].map((name) => words.steps[name]);
    show("good", facts, { steps: told, lines, seen: seen(witnessed?.rows ?? []) });
  }

  function refuse({ name, told }) {
    if (name === "too_few") show("few", {}, { seen: seen(told.rows) });
    else if (words.uncounted[name]) {
      const line = told.line ? filled(words.witnesses.line, told) : "";
      show("uncounted", { line, why: words.uncounted[name] }, {});
    } else if (words.unread[name]) show("unread", { why: words.unread[name] }, {});
    else show("bad", { which: told?.name, why: words.wrong[name] ?? words.wrong.not_a_receipt }, {});
  }

  field("check").disabled = !globalThis.crypto?.subtle;
  field("check").addEventListener("click", async () => {
    const names = ["receipt", "proof", "keys", "policy"];
    const texts = Object.fromEntries(names.map((name) => [name, field(name).value]));
    try {
      tell(await checkReceipt({ ...texts, issuer }));
    } catch (error) {
      refuse(error);
    }
  });
}
