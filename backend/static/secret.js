// A link for people carries what opens something behind `#`, which no browser sends. It is put into
// the form that asks for it, taken out of the address and the history, and sent where it belongs.
'use strict'

const form = document.querySelector('form[data-secret]')
const secret = location.hash.slice(1)
if (form && secret) {
  form.elements[form.dataset.secret].value = decodeURIComponent(secret)
  history.replaceState(null, '', location.pathname)
  form.requestSubmit()
}
