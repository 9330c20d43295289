// A browser without a screen: keeps one cookie, follows our pages, reads the demo outbox.

export class Browser {
  #cookie = ''

  async #go(url, form) {
    const headers = { 'accept-language': 'en' }
    if (this.#cookie) headers.cookie = this.#cookie
    const answer = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form ? new URLSearchParams(form) : undefined,
      headers: form ? { ...headers, 'sec-fetch-site': 'same-origin' } : headers,
      redirect: 'manual',
    })
    for (const line of answer.headers.getSetCookie()) this.#cookie = line.split(';')[0]
    return answer
  }

  /** Sign in with a code by phone; return the address that the app is sent back to. */
  async signIn(url, phone) {
    const opened = await this.#go(url)
    const page = new URL(opened.headers.get('location'), url)
    const asked = await this.#go(`${page}/phone`, { phone })
    if (asked.status !== 303) throw new Error(`no code was sent: ${await asked.text()}`)
    const code = await codeFor(page.origin, phone)
    const done = await this.#go(`${page}/code`, { code })
    if (done.status !== 303) throw new Error(`the code was refused: ${await done.text()}`)
    return new URL(done.headers.get('location'))
  }
}

async function codeFor(origin, phone) {
  for (let tries = 0; tries < 100; tries += 1) {
    const outbox = await fetch(`${origin}/dev/outbox`, { headers: { accept: 'application/json' } })
    // A busy server may ask to come again: 503 with Retry-After.
    const letters = outbox.ok ? (await outbox.json()).items : []
    const letter = letters.find((item) => item.to === phone)
    if (letter) return letter.text.match(/#([0-9]{6})$/)[1]
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('no message came')
}
