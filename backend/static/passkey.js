// A form with `data-passkey` carries what an authenticator is to be
// asked; its answer goes into the hidden field, and the form is sent like any other.
'use strict'

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const known = (list) => list.map((one) => ({ ...one, id: bytes(one.id) }))

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  })
  const { clientDataJSON, attestationObject } = made.response
  return told(made, {
    clientDataJSON: text(clientDataJSON),
    attestationObject: text(attestationObject),
  })
}

async function use(options) {
  const used = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: known(options.allowCredentials),
    },
  })
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response
  return told(used, {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle && text(userHandle),
  })
}

const told = (credential, response) =>
  JSON.stringify({ id: credential.id, rawId: credential.id, type: credential.type, response })

for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const ask = form.dataset.passkey === 'make' ? make : use
    const failed = form.querySelector('[role=alert]')
    failed.hidden = true
    try {
      form.elements.credential.value = await ask(JSON.parse(form.dataset.options))
    } catch {
      failed.hidden = false // dismissed, too slow, or no authenticator: the person may try again
      return
    }
    form.submit()
  })
}
