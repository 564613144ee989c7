// Comfort for a claim page: a button that hands the badge to a wallet which the browser itself knows (CHAPI). Nothing is loaded for
// it from anywhere: where the browser has no mediator, the button stays hidden.
const chapi = document.querySelector("[data-chapi]");
if (chapi && typeof WebCredential === "function" && navigator.credentials && navigator.credentials.store) {
  chapi.hidden = false;
  chapi.addEventListener("click", async () => {
    try {
      const read = async (url, init) => {
        const answer = await fetch(url, init);
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        return answer.json();
      };
      const { protocols } = await read(chapi.dataset.chapi, { headers: { accept: "application/json" } });
      const { verifiablePresentation } = await read(new URL(protocols.vcapi).pathname, {
        method: "POST", headers: { "content-type": "application/json" }, body: "{}",
      });
      const stored = await navigator.credentials.store(new WebCredential("VerifiablePresentation", verifiablePresentation, { protocols }));
      if (stored) {
        const said = chapi.querySelector("span");
        said.setAttribute("role", "status");
        said.textContent = chapi.dataset.done;
      }
    } catch {
      // The visitor changed their mind, or no wallet took it: the other ways stand on the page.
    }
  });
}
