// Parts of a photo are numbers in a form; dragging on the photo fills in the first empty ones.
'use strict'

const EDGES = ['x', 'y', 'width', 'height']
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

  let begun
  drawing.addEventListener('pointerdown', (event) => {
    const part = parts.find((each) => fields(each).every((field) => field.value === ''))
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
    fields(begun.part).forEach((field, n) => (field.value = numbers[n].toFixed(1)))
    draw()
  })
  drawing.addEventListener('pointerup', () => (begun = undefined))
  stage.closest('section').addEventListener('input', draw)
}
