// Ctrl-K: a page by its name, or a thing by its code. What can be named stands in the page, links
// that would work without this; `data-pattern` marks one that leads to whatever the code names.
'use strict'

const palette = document.querySelector('#palette')
const field = palette.querySelector('input')
const nothing = palette.querySelector('[data-nothing]')
const ways = [...palette.querySelectorAll('li')]
const SHOWN = 8

const plain = (text) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'd')
    .toLowerCase()

const fits = (way, asked) => {
  const { pattern } = way.dataset
  if (pattern) return new RegExp(`^(?:${pattern})$`, 'iu').test(asked)
  return plain(way.textContent).includes(plain(asked))
}

function narrow() {
  const asked = field.value.trim()
  let shown = 0
  for (const way of ways) {
    const link = way.querySelector('a')
    way.hidden = shown === SHOWN || !fits(way, asked)
    if (way.hidden) continue
    shown += 1
    if (way.dataset.pattern) {
      link.href = way.dataset.path + encodeURIComponent(asked)
      link.querySelector('b').textContent = asked
    }
  }
  nothing.hidden = shown > 0
}

const links = () => ways.filter((way) => !way.hidden).map((way) => way.querySelector('a'))

function step(by) {
  const found = [field, ...links()]
  found[(found.indexOf(document.activeElement) + by + found.length) % found.length].focus()
}

function open() {
  field.value = ''
  narrow()
  palette.showModal()
  field.focus()
}

field.addEventListener('input', narrow)
palette.querySelector('form').addEventListener('submit', (event) => {
  if (event.submitter?.value === 'close') return
  event.preventDefault()
  links()[0]?.click()
})
palette.addEventListener('keydown', (event) => {
  if (event.isComposing || !['ArrowDown', 'ArrowUp'].includes(event.key)) return
  event.preventDefault()
  step(event.key === 'ArrowDown' ? 1 : -1)
})
document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.code !== 'KeyK' || !(event.ctrlKey || event.metaKey)) return
  event.preventDefault()
  if (!palette.open) open()
})
const offer = document.querySelector('#palette-open')
offer.hidden = false
offer.addEventListener('click', open)
