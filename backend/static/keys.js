// The console by keyboard. A page names its keys in `data-key`: `1`, `c`, or `g q` for one after
// the other. What bears one is pressed; a form that wants words first is opened for them.
//
// Single keys rest in fields and can be switched off (WCAG 2.1.4). They are read by their place on
// the keyboard, because Telex and other ways to write Vietnamese turn `aa` into `â`.
'use strict'

const OFF = 'keys-off'
const FIELD = 'input:not([type=hidden]), select, textarea'
const AFTER_G_MS = 1500

const named = (event) => {
  if (event.key === '?' || event.key === '/') return event.key
  if (event.code === 'BracketLeft') return '['
  if (event.code === 'BracketRight') return ']'
  const [, letter] = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code) ?? []
  return letter?.toLowerCase() ?? event.key
}

const isWriting = (element) =>
  element.matches(FIELD) && !element.matches('[type=radio], [type=checkbox]')

const visible = (element) => element.offsetParent !== null

function press(element) {
  const within = element.closest('details') ?? element.closest('form')
  if (within?.matches('details')) within.open = true
  const field = element.matches('button, summary') && within?.querySelector(FIELD)
  if (element.matches('button[data-at-once], a')) element.click()
  else if (field) field.focus()
  else element.focus()
}

function step(by) {
  const rows = [...document.querySelectorAll('[data-row]')].filter(visible)
  const at = rows.indexOf(document.activeElement)
  const to = at < 0 && by < 0 ? rows.length - 1 : at + by
  rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus()
}

// Rows are ticked one by one, or from the last one that was to this one.
let ticked

function tick(isStretch) {
  const picks = [...document.querySelectorAll('[data-pick]')]
  const row = document.activeElement.closest('tr')
  const at = picks.findIndex((pick) => row?.contains(pick))
  if (at < 0) return
  const from = isStretch && ticked !== undefined ? ticked : at
  const to = isStretch ? true : !picks[at].checked
  for (let n = Math.min(from, at); n <= Math.max(from, at); n += 1) picks[n].checked = to
  ticked = at
}

// Views of the same thing stand side by side; brackets go from one to the next.
function turn(by) {
  const tabs = [...document.querySelectorAll('.tabs a')]
  const at = tabs.findIndex((tab) => tab.hasAttribute('aria-current'))
  tabs[at + by]?.click()
}

// Help: the keys of this page, as they stand on it.
const help = document.querySelector('#keys')
const single = help.querySelector('input')
single.checked = !localStorage.getItem(OFF)
single.addEventListener('change', () => {
  if (single.checked) localStorage.removeItem(OFF)
  else localStorage.setItem(OFF, '1')
})
const list = help.querySelector('dl')
for (const element of document.querySelectorAll('[data-key]')) {
  const key = document.createElement('dt')
  const about = document.createElement('dd')
  const shown = document.createElement('kbd')
  key.append(Object.assign(document.createElement('kbd'), { textContent: element.dataset.key }))
  about.textContent = element.dataset.about ?? element.textContent.trim()
  list.append(key, about)
  if (element.matches('button, summary, .button')) {
    shown.textContent = element.dataset.key
    shown.ariaHidden = 'true'
    element.append(' ', shown)
    element.setAttribute('aria-keyshortcuts', element.dataset.key)
  }
}

const ALWAYS = {
  j: () => step(1),
  k: () => step(-1),
  '?': () => help.showModal(),
  '/': () => document.querySelector('main input[type=search], main select')?.focus(),
  o: () => document.activeElement.matches('[data-row]') && document.activeElement.click(),
  x: () => tick(false),
  X: () => tick(true),
  '[': () => turn(-1),
  ']': () => turn(1),
  y: () => navigator.clipboard.writeText(location.href),
  Escape: () => document.querySelector('[data-key=u]')?.click(),
}

const offer = document.querySelector('#keys-open')
offer.hidden = false
offer.addEventListener('click', () => help.showModal())

let begun = ''
let begunAt = 0

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.ctrlKey && event.key === 'Enter') event.target.form?.requestSubmit()
    return
  }
  if (event.key === 'Escape' && isWriting(event.target)) {
    event.target.blur()
    return
  }
  if (isWriting(event.target) || help.open || localStorage.getItem(OFF)) return
  const place = named(event)
  const key = event.shiftKey && place === 'x' ? 'X' : place
  const first = event.timeStamp - begunAt < AFTER_G_MS ? begun : ''
  begun = first || key !== 'g' ? '' : key
  begunAt = event.timeStamp
  const chord = first ? `${first} ${key}` : key
  const found = [...document.querySelectorAll('[data-key]')].find((one) => one.dataset.key === chord)
  const act = found ? () => press(found) : ALWAYS[chord]
  if (!act) return
  event.preventDefault()
  act()
})

// Whoever ends with one thing is shown the next, and hears which: its heading has the focus.
const told = document.querySelector('[data-sent], .merge')
if (told) document.querySelector('[data-merging], [data-heading]')?.focus()

// What was begun to be written outlives a reload, a stale page and a server that went away. It
// stays in this tab, and goes with its form or with the officer.
const drafts = document.querySelectorAll('[data-draft]')
const kept = (field) => `draft ${field.dataset.draft}`
const drop = (name) => {
  for (const key of Object.keys(sessionStorage)) {
    if (key === `draft ${name}` || key.startsWith(`draft ${name}.`)) sessionStorage.removeItem(key)
  }
}
const sent = document.querySelector('[data-sent]')?.dataset.sent
if (sent) drop(sent)
for (const field of drafts) {
  const words = sessionStorage.getItem(kept(field))
  if (words && (!field.value || field.matches('select'))) field.value = words
  if (field.value && field.matches('textarea')) field.closest('details')?.setAttribute('open', '')
  field.addEventListener('input', () => sessionStorage.setItem(kept(field), field.value))
}
for (const way of document.querySelectorAll('[data-drop]')) {
  way.addEventListener('click', () => drop(way.dataset.drop))
}
document.querySelector('form.leave')?.addEventListener('submit', () => sessionStorage.clear())

// Who else looks at this, and who writes. Saying that one is still here holds on to one's claim.
const PRESENCE_MS = 20_000
const watching = document.querySelector('[data-presence]')
const looking = watching?.textContent
let writes = false

const called = (sentence, people) => sentence.replace('%', people.map(({ name }) => name).join(', '))

async function look() {
  if (document.hidden) return
  const { presence, token, writing } = watching.dataset
  try {
    const answer = await fetch(`${presence}?writing=${writes}`, {
      method: 'POST',
      headers: { 'X-CSRF-Token': token },
    })
    if (!answer.ok) return
    const { items } = await answer.json()
    const [busy, idle] = [true, false].map((is) => items.filter((one) => one.is_writing === is))
    watching.hidden = items.length === 0
    watching.textContent = [
      busy.length && called(writing, busy),
      idle.length && called(looking, idle),
    ]
      .filter(Boolean)
      .join(' · ')
  } catch {
    // The server is away; the next turn asks again.
  }
}

if (watching) {
  look()
  setInterval(look, PRESENCE_MS)
  window.addEventListener('focus', look)
  for (const field of drafts) {
    field.addEventListener('input', () => {
      if (writes) return
      writes = true
      look()
    })
  }
}
