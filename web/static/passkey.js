// Signing in by a passkey, and registering one. It needs this script and a browser that knows passkeys; a link does the same without.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const read = (options) => {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    for (const one of options[list] ?? []) one.id = bytes(one.id);
  }
  return options;
};

const written = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {}});
};

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  addEventListener("pageshow", () => { form.elements.credential.value = ""; }); // whoever comes back begins anew
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const failed = form.querySelector("[role=alert]");
    failed.hidden = true;
    try {
      const answer = await fetch(form.dataset.begin, {method: "POST", body: new URLSearchParams(new FormData(form))});
      if (!answer.ok) throw new Error(answer.statusText);
      const begun = await answer.json();
      const credential = await navigator.credentials[form.dataset.passkey]({publicKey: read(begun.options)});
      form.elements.state.value = begun.state;
      form.elements.credential.value = written(credential);
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
