// A list that keeps up with what others do: `data-live` names its stream (server-sent events that
// say which thing is of another version now, and nothing else of it), `data-id` marks its rows.
//
// A row that changed is drawn anew from the page itself; new things never move the list, they are
// counted in a link. `data-stale` is shown when what the page itself is about has changed. One tab listens for all of them, for each asks the server every few seconds.
'use strict'

const SETTLED_MS = 500
const SILENT_MS = 15_000
const AGAIN_MS = 30_000
const list = document.querySelector('[data-live]')
const { live, topic } = list.dataset
const more = document.querySelector('[data-more]')
const away = document.querySelector('[data-away]')
const words = more.textContent
const stale = document.querySelector('[data-stale]')
const channel = new BroadcastChannel(`live ${live}`)
const changed = new Set()
const fresh = new Set()
let waiting

const rowOf = (page, id) => page.querySelector(`[data-id="${CSS.escape(id)}"]`)

async function redraw() {
  const ids = [...changed]
  changed.clear()
  const answer = await fetch(location.href)
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const id of ids) {
    const row = rowOf(document, id)
    const now = rowOf(page, id)
    if (!row && now) fresh.add(id)
    if (!row) continue
    const held = row.contains(document.activeElement)
    if (now) row.replaceWith(document.adoptNode(now))
    else row.classList.add('gone')
    if (now && held) now.querySelector('[data-row]')?.focus()
  }
  more.textContent = words.replace('%', fresh.size)
  more.hidden = fresh.size === 0
}

function hear({ id, version, isAway }) {
  away.hidden = !isAway
  if (!id) return
  if (stale?.dataset.stale === id && version > Number(stale.dataset.version)) stale.hidden = false
  changed.add(id)
  clearTimeout(waiting)
  waiting = setTimeout(redraw, SETTLED_MS)
}

channel.addEventListener('message', ({ data }) => hear(data))

const tell = (what) => {
  channel.postMessage(what)
  hear(what)
}

let silent

function listen() {
  const stream = new EventSource(live)
  stream.addEventListener(topic, ({ data }) => tell(JSON.parse(data)))
  stream.addEventListener('counts', () => {
    clearTimeout(silent)
    silent = undefined
    tell({ isAway: false })
  })
  // Each answer ends, which is no error yet: the browser comes again by itself.
  stream.addEventListener('error', () => {
    silent ??= setTimeout(() => tell({ isAway: true }), SILENT_MS)
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS)
  })
}

// The lock goes to the next tab when this one is closed.
navigator.locks.request(`live ${live}`, () => {
  listen()
  return new Promise(() => {})
})
