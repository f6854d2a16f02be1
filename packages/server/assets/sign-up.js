// The link of an invitation has it after `#`, which browsers send to no server: it is put into the forms, and taken out of the address.
const invitation = new URLSearchParams(location.hash.slice(1)).get('invitation')
const fields = document.querySelectorAll('input[name="invitation"]')
if (invitation !== null && fields.length > 0) {
  for (const field of fields) if (field instanceof HTMLInputElement) field.value = invitation
  history.replaceState(null, '', location.pathname + location.search)
}
