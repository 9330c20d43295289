// A browser without a screen: keeps cookies, follows our pages, reads the demo outbox.

export class Browser {
  #jars = new Map()

  /** What every page has shown: bodies and headers. */
  seen = []

  async go(url, form) {
    const { origin } = new URL(url)
    const jar = this.#jars.get(origin) ?? this.#jars.set(origin, new Map()).get(origin)
    const headers = { 'accept-language': 'en', accept: 'text/html' }
    if (jar.size) headers.cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form ? new URLSearchParams(form) : undefined,
      headers: form ? { ...headers, 'sec-fetch-site': 'same-origin' } : headers,
      redirect: 'manual',
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.split(';')[0].match(/^([^=]+)=(.*)$/)
      if (value) jar.set(name, value)
      else jar.delete(name)
    }
    this.seen.push(JSON.stringify([...answer.headers]), await answer.clone().text())
    return answer
  }

  /** Sign in with a code by phone; return the address that the app is sent back to. */
  async signIn(url, phone) {
    const opened = await this.go(url)
    const page = new URL(opened.headers.get('location'), url)
    const asked = await this.go(`${page}/phone`, { phone })
    if (asked.status !== 303) throw new Error(`no code was sent: ${await asked.text()}`)
    const code = await codeFor(page.origin, phone)
    const done = await this.go(`${page}/code`, { code })
    if (done.status !== 303) throw new Error(`the code was refused: ${await done.text()}`)
    return new URL(done.headers.get('location'))
  }
}

/** Return the code of the newest message, once there are `count` of them. */
export async function codeFor(origin, phone, count = 1) {
  for (let tries = 0; tries < 100; tries += 1) {
    const outbox = await fetch(`${origin}/dev/outbox`, { headers: { accept: 'application/json' } })
    // A busy server may ask to come again: 503 with Retry-After.
    const letters = outbox.ok ? (await outbox.json()).items : []
    const ours = letters.filter((item) => item.to === phone)
    if (ours.length >= count) return ours[0].text.match(/#([0-9]{6})$/)[1]
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('no message came')
}
