// Parts of a photo are numbers in a form; dragging on the photo fills in the first empty ones. So does
// a button, which hands over to the part's grip: arrows move it, with Shift they change its size, and
// Delete takes it away (WCAG 2.5.7: nothing has to be dragged).
'use strict'

const EDGES = ['x', 'y', 'width', 'height']
const NEW = [40, 40, 20, 20]
const STEPS = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [1, -1],
  ArrowDown: [1, 1],
}
const SVG = 'http://www.w3.org/2000/svg'

for (const stage of document.querySelectorAll('[data-stage]')) {
  const drawing = stage.querySelector('svg')
  const parts = [...stage.closest('section').querySelectorAll('fieldset.part')]
  const fields = (part) => EDGES.map((edge) => part.querySelector(`[name^="${edge}-"]`))

  const draw = () => {
    const rectangles = parts
      .map((part) => fields(part).map((field) => field.valueAsNumber))
      .filter((numbers) => numbers.every((number) => !Number.isNaN(number)))
      .map((numbers) => {
        const rectangle = document.createElementNS(SVG, 'rect')
        EDGES.forEach((edge, at) => rectangle.setAttribute(edge, numbers[at]))
        return rectangle
      })
    drawing.replaceChildren(...rectangles)
  }

  const at = (event) => {
    const box = drawing.getBoundingClientRect()
    const part = (far, size) => Math.min(Math.max((100 * far) / size, 0), 100)
    return [part(event.clientX - box.left, box.width), part(event.clientY - box.top, box.height)]
  }

  const free = () => parts.find((part) => fields(part).every((field) => field.value === ''))
  const write = (part, numbers) => {
    fields(part).forEach((field, n) => (field.value = numbers[n] === '' ? '' : numbers[n].toFixed(1)))
    draw()
  }

  for (const part of parts) {
    const grip = part.querySelector('[data-grip]')
    grip.hidden = false
    grip.addEventListener('keydown', (event) => {
      const numbers = fields(part).map((field) => field.valueAsNumber)
      if (event.key === 'Delete') write(part, EDGES.map(() => ''))
      const [axis, by] = STEPS[event.key] ?? []
      if (axis === undefined || numbers.some(Number.isNaN)) return
      event.preventDefault()
      const edge = event.shiftKey ? axis + 2 : axis
      const other = event.shiftKey ? numbers[axis] : numbers[axis + 2]
      numbers[edge] = Math.min(Math.max(numbers[edge] + by, event.shiftKey ? 1 : 0), 100 - other)
      write(part, numbers)
    })
  }

  const add = stage.closest('section').querySelector('[data-add]')
  add.hidden = false
  add.addEventListener('click', () => {
    const part = free()
    if (!part) return
    part.closest('details')?.setAttribute('open', '')
    write(part, NEW)
    part.querySelector('[data-grip]').focus()
  })

  let begun
  drawing.addEventListener('pointerdown', (event) => {
    const part = free()
    if (!part) return
    part.closest('details')?.setAttribute('open', '')
    begun = { part, from: at(event) }
    drawing.setPointerCapture(event.pointerId)
  })
  drawing.addEventListener('pointermove', (event) => {
    if (!begun) return
    const to = at(event)
    const sides = [0, 1].map((n) => [begun.from[n], to[n]].sort((a, b) => a - b))
    const numbers = [sides[0][0], sides[1][0], sides[0][1] - sides[0][0], sides[1][1] - sides[1][0]]
    write(begun.part, numbers)
  })
  drawing.addEventListener('pointerup', () => (begun = undefined))
  stage.closest('section').addEventListener('input', draw)
}
