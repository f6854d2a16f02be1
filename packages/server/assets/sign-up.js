// The link of an invitation has it after `#`, which browsers send to no server: it is put into the form, and taken out of the address.
const invitation = new URLSearchParams(location.hash.slice(1)).get('invitation')
const field = document.querySelector('input[name="invitation"]')
if (invitation !== null && field instanceof HTMLInputElement) {
  field.value = invitation
  history.replaceState(null, '', location.pathname + location.search)
}
