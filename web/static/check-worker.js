// Runs the verifier in the browser, in a worker of its own: the page stays quick, and only this worker may compile WebAssembly.
// It is told once where the verifier is, and then checks what it is handed. Nothing leaves it but the page of results.
let ready = null;

async function start({ exec, wasm }) {
  importScripts(exec);
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch(wasm), go.importObject);
  go.run(instance); // never returns
}

self.addEventListener("message", async (event) => {
  try {
    ready ??= start(event.data);
    await ready;
    self.postMessage(self.laurelCheck(event.data.request));
  } catch (error) {
    ready = null;
    self.postMessage({ error: String(error) });
  }
});
