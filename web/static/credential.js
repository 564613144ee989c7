// Asks for the badge through the browser itself (Digital Credentials API), where there is such a thing. The page works without.
const zone = document.querySelector("[data-credential]");

// allowed reports whether this browser passes the protocol on.
const allowed = (protocol) =>
  typeof DigitalCredential.userAgentAllowsProtocol !== "function" || DigitalCredential.userAgentAllowsProtocol(protocol);

async function ask() {
  const response = await fetch(zone.dataset.credential, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.status);
  const requests = (await response.json()).requests.filter((r) => allowed(r.protocol));
  const got = await navigator.credentials.get({ mediation: "required", digital: { requests } });
  const data = typeof got.data === "string" ? JSON.parse(got.data) : got.data;
  const sent = await fetch(zone.dataset.credential, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ protocol: got.protocol, data }),
  });
  if (!sent.ok) throw new Error(sent.status);
  location.reload();
}

if (zone && typeof DigitalCredential !== "undefined" && navigator.credentials &&
    (allowed("openid4vp-v1-signed") || allowed("openid4vp-v1-unsigned"))) {
  zone.hidden = false;
  const button = zone.querySelector("button");
  const said = zone.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "";
    try {
      await ask();
    } catch {
      said.textContent = zone.dataset.failed;
      button.disabled = false;
    }
  });
}
