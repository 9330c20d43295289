// Reads the code on a paper copy, from a picture of it or from the camera, and checks its signature
// here: the keys stand in the page, so this needs no network once the page is there. How the
// document stands today only the house knows; it is asked with the form, or by the fingerprint of a
// file that stays here.
'use strict'

const SIDE_MAX = 1600
const LOOK_MS = 250

const form = document.querySelector('form[data-verify]')
const { issuer } = form.dataset
const keys = JSON.parse(form.dataset.keys)
const words = JSON.parse(form.dataset.words)
const shown = document.querySelector('#paper')

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))

async function inflated(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Response(stream).text()
}

// What the code says, if one of the keys of this house has signed it; else null.
async function opened(address) {
  if (!address.startsWith(`${issuer}/v#`)) return null
  const [head, body, signature] = address.slice(`${issuer}/v#`.length).split('.')
  try {
    const { alg, kid, zip } = JSON.parse(new TextDecoder().decode(bytes(head)))
    const jwk = keys.find((each) => each.kid === kid)
    if (alg !== 'ES256' || zip !== 'DEF' || !jwk) return null
    const { kty, crv, x, y } = jwk
    const kind = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, kind, false, ['verify'])
    const signed = new TextEncoder().encode(`${head}.${body}`)
    const good = await crypto.subtle.verify(kind, key, bytes(signature), signed)
    return good ? JSON.parse(await inflated(bytes(body))) : null
  } catch {
    return null
  }
}

const written = (value) => // a day as the prints spell it
  /^\d{4}-\d\d-\d\d$/.test(value) ? value.split('-').reverse().join('/') : value

async function tell(address) {
  const said = await opened(address)
  const facts = shown.querySelector('dl')
  shown.hidden = false
  shown.classList.toggle('good', said !== null)
  shown.classList.toggle('bad', said === null)
  for (const each of shown.querySelectorAll('[data-told]')) {
    each.hidden = (each.dataset.told === 'genuine') === (said === null)
  }
  const called = (name) => words[said.kind]?.[name] ?? name
  const rows = said === null ? [] : [
    [facts.dataset.code, said.code],
    [facts.dataset.kind, called(said.kind)],
    [facts.dataset.issued, written(said.issued_on)],
    ...Object.entries(said.says).map(([name, value]) => [called(name), written(value)]),
  ]
  facts.replaceChildren(...rows.flatMap(([name, value]) => [
    Object.assign(document.createElement('dt'), { textContent: name }),
    Object.assign(document.createElement('dd'), { textContent: value }),
  ]))
  form.elements.qr.value = address
  shown.focus()
}

// The text of a code in a picture; empty when there is none.
function read(source, width, height) {
  const part = Math.min(1, SIDE_MAX / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(width * part)
  canvas.height = Math.round(height * part)
  const drawing = canvas.getContext('2d', { willReadFrequently: true })
  drawing.drawImage(source, 0, 0, canvas.width, canvas.height)
  const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height)
  return jsQR(data, canvas.width, canvas.height)?.data ?? ''
}

const unread = document.querySelector('#unread')
const file = form.elements.file

const first = document.querySelector('#first')
const found = document.querySelector('#found')

async function fingerprint(chosen) {
  const digest = await crypto.subtle.digest('SHA-256', await chosen.arrayBuffer())
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

// What the house says of the very bytes, without having them: the answer's part of its own page.
async function asked(chosen) {
  const question = new FormData()
  question.set('sha256', await fingerprint(chosen))
  const answer = await fetch(form.action, { method: 'POST', body: question }).catch(() => null)
  if (!answer || chosen !== file.files[0]) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  found.replaceChildren(...page.querySelectorAll('[data-answer]'))
}

async function looked() {
  unread.hidden = true
  shown.hidden = true
  form.elements.qr.value = ''
  found.replaceChildren()
  for (const earlier of document.querySelectorAll('main > [data-answer], main > .note')) earlier.hidden = true
  const [chosen] = file.files
  if (chosen && !chosen.type.startsWith('image/') && first.checked) await asked(chosen)
  if (!chosen?.type.startsWith('image/')) return
  const picture = await createImageBitmap(chosen).catch(() => null)
  const text = picture ? read(picture, picture.width, picture.height) : ''
  if (text) await tell(text)
  else unread.hidden = false
}

file.addEventListener('change', looked)

const zone = form.querySelector('.drop')
zone.addEventListener('dragover', (event) => event.preventDefault())
zone.addEventListener('drop', (event) => {
  event.preventDefault()
  if (!event.dataTransfer.files.length) return
  file.files = event.dataTransfer.files
  looked()
})
form.addEventListener('submit', () => {
  if (form.elements.qr.value) file.value = '' // the code is what is asked about, not its picture
})

for (const each of document.querySelectorAll('[data-print]')) {
  each.hidden = false
  each.querySelector('button').addEventListener('click', () => print())
}
first.closest('label').hidden = false

const camera = document.querySelector('#camera')
const video = document.querySelector('video')
let stream

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop()
  stream = undefined
  video.hidden = true
}

async function watch() {
  if (stream) return stop()
  unread.hidden = true
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  } catch {
    unread.hidden = false
    return
  }
  video.srcObject = stream
  video.hidden = false
  await video.play()
  while (stream) {
    const text = video.videoWidth ? read(video, video.videoWidth, video.videoHeight) : ''
    if (text) {
      stop()
      await tell(text)
    } else await new Promise((done) => setTimeout(done, LOOK_MS))
  }
}

if (navigator.mediaDevices) {
  camera.hidden = false
  camera.addEventListener('click', watch)
}

// The address on a paper copy leads here with the code behind `#`, which no browser sends.
if (location.hash.length > 1) tell(`${issuer}/v${location.hash}`)
