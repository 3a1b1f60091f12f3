// The least of a browser: cookies, our own redirects, forms. It signs a person in and agrees to what is asked.

export class Browser {
  #cookies = new Map();

  constructor({ issuer, redirect_uri, email, password }) {
    Object.assign(this, { issuer, redirect_uri, email, password });
  }

  // From the authorization request to what reaches the app: its URL, or the Request that its form posts.
  async authorize(url) {
    let page = await this.#open(url);
    for (let turn = 0; turn < 4 && page.html; turn++) {
      const answer = this.#form(page.html, /<form[^>]*id="answer"/);
      if (answer) return this.#posted(answer);
      page = await this.#submit(page);
    }
    if (!page.url) throw new Error("no answer came");
    return new URL(page.url);
  }

  // From the address that a screen shows to the page that leads back to it. decision: go-on or stop.
  async answer(url, decision) {
    let page = await this.#open(url);
    for (let turn = 0; turn < 6; turn++) {
      const code = this.#form(page.html, /<form[^>]*action="\/device"/);
      const hers = this.#form(page.html, /<form[^>]*action="\/device\/answer"/);
      if (code) page = await this.#send(code, { user_code: new URL(url).searchParams.get("user_code") });
      else if (hers) page = await this.#send(hers, { decision });
      else if (/<form[^>]*action="\/(login|authorize)/.test(page.html)) page = await this.#submit(page);
      else return;
    }
    throw new Error("the code led nowhere");
  }

  // On her phone: the request that shows this code, once it has come. decision: open (and agree) or refuse.
  async reply(code, decision) {
    const place = `${this.issuer}/account/requests`;
    let page = await this.#submit(await this.#open(place));
    for (let turn = 0; !page.html.includes(code); turn++) {
      if (turn === 100) throw new Error("the request never came");
      await new Promise((done) => setTimeout(done, 200));
      page = await this.#open(place);
    }
    const end = decision === "refuse" ? "/refuse" : "";
    const its = page.html.slice(page.html.indexOf(code));
    const form = this.#form(its, new RegExp(`<form[^>]*action="/account/requests/[0-9a-f]{32}${end}"`));
    page = await this.#send(form, {});
    // Asked again where another answer of hers, given meanwhile, changed what this one would have changed.
    for (let turn = 0; turn < 4 && this.#consent(page); turn++) page = await this.#submit(page);
    if (this.#consent(page)) throw new Error("her answer was not taken");
  }

  #consent({ html }) {
    return this.#form(html, /<form[^>]*action="\/authorize\/consent/);
  }

  #posted({ action, fields }) {
    return new Request(action, { method: "POST", body: new URLSearchParams(fields) });
  }

  async #submit({ html }) {
    const consent = this.#consent({ html });
    if (consent) return this.#send(consent, { decision: "accept", duration: "30d", scope: "skills" });
    const login = this.#form(html, /<form[^>]*action="\/login/);
    if (!login) throw new Error(`not a page to go on from: ${html.replace(/<[^>]*>|\s+/g, " ").slice(0, 600)}`);
    return this.#send(login, { email: this.email, password: this.password });
  }

  #send({ action, fields }, more) {
    const headers = { "sec-fetch-site": "same-origin" };
    return this.#open(new URL(action, this.issuer), {
      method: "POST",
      headers,
      body: new URLSearchParams({ ...fields, ...more }),
    });
  }

  #form(html, opening) {
    const start = html.search(opening);
    if (start < 0) return null;
    const text = html.slice(start, html.indexOf("</form>", start));
    const fields = {};
    for (const [input] of text.matchAll(/<input[^>]*type="hidden"[^>]*>/g))
      fields[plain(/name="([^"]*)"/.exec(input)[1])] = plain(/value="([^"]*)"/.exec(input)[1]);
    return { action: plain(/action="([^"]*)"/.exec(text)[1]), fields };
  }

  async #open(url, options = {}) {
    for (let turn = 0; turn < 12; turn++) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const headers = { accept: "text/html", ...options.headers, ...(cookie ? { cookie } : {}) };
      const answer = await fetch(url, { ...options, headers, redirect: "manual" });
      for (const one of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(one);
        this.#cookies.set(name, value);
      }
      const location = answer.headers.get("location");
      if (!location) return { html: await answer.text() };
      if (location.startsWith(this.redirect_uri)) return { url: location };
      [url, options] = [new URL(location, this.issuer), {}];
    }
    throw new Error("redirected in circles");
  }
}

function plain(text) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#34": '"' };
  return text.replace(/&(amp|lt|gt|quot|#39|#34);/g, (_, name) => named[name]);
}
