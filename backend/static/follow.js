// A part of a page that changes by itself: `data-follow` stands on it while it does. It is asked for
// anew every two seconds from the page itself; without scripts, or a network, a link does the same.
'use strict'

const EVERY_MS = 2_000

async function drawn(part) {
  const answer = await fetch(location.href)
  if (!answer.ok || answer.redirected) return undefined
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  return page.getElementById(part.id)
}

async function follow() {
  const part = document.querySelector('[data-follow]')
  if (!part) return
  const now = await drawn(part).catch(() => undefined)
  if (now && !('follow' in now.dataset)) delete part.dataset.follow
  // A part that is read aloud when it changes has to stay the same part.
  if (now && now.textContent !== part.textContent) part.replaceChildren(...now.childNodes)
  setTimeout(follow, EVERY_MS)
}

setTimeout(follow, EVERY_MS)
