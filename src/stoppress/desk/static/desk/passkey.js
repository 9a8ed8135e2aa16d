/* Passkeys: lets the scripts of django-allauth act on the form of this page.
   <form data-passkey="loginForm|authenticateForm|addForm"><input type="hidden" id="passkey-credential" name="credential">
     <button type="button" id="passkey-button">…</button><p data-passkey-error hidden>…</p></form> <script id="passkey-data" type="application/json">…</script> */
const form = document.querySelector("form[data-passkey]");
const error = document.querySelector("[data-passkey-error]");

if (form && window.PublicKeyCredential) {
  const ids = { credential: "passkey-credential", data: "passkey-data" };
  for (const role of ["login", "authenticate", "add"]) ids[role] = "passkey-button";
  if (document.getElementById("passkey-passwordless")) ids.passwordless = "passkey-passwordless";
  window.allauth.webauthn.forms[form.dataset.passkey]({ ids });
} else if (form && form.dataset.passkey === "loginForm") {
  form.hidden = true;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  error.hidden = false;
});
