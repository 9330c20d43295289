// When messages run short, a form with `data-work` is worked on before it is sent: a number is found
// that makes SHA-256 of challenge and number begin with so many zero bits.
'use strict'

const zeros = (bytes) => {
  let count = 0
  for (const byte of bytes) {
    if (byte === 0) {
      count += 8
      continue
    }
    return count + Math.clz32(byte) - 24
  }
  return count
}

async function solved(challenge, bits) {
  const encoder = new TextEncoder()
  for (let number = 0; ; number += 1) {
    const text = encoder.encode(`${challenge}.${number}`)
    if (zeros(new Uint8Array(await crypto.subtle.digest('SHA-256', text))) >= bits) return number
  }
}

for (const form of document.querySelectorAll('form[data-work]')) {
  const { work, bits } = form.dataset
  const found = solved(work, Number(bits))
  form.addEventListener('submit', async (event) => {
    if (form.elements.work.value) return
    event.preventDefault()
    form.elements.work.value = await found
    form.submit()
  })
}
