// Comfort for the verify page, in one file because each request costs half a second on a poor line: dropping files, many files with
// progress, the camera, checking in this browser. Without this script the form does the same on the server, but for the last.
const form = document.querySelector("[data-verify]");
const input = form?.querySelector("input[type=file]");

// Files can be dropped on the card.
const zone = document.querySelector("[data-drop]");

if (zone && input) {
  const over = (on) => zone.classList.toggle("over", on);
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      over(true);
    });
  }
  zone.addEventListener("dragleave", () => over(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (event.dataTransfer?.files.length) {
      input.files = event.dataTransfer.files;
      input.focus();
    }
  });
}

// Many files: they are sent one by one, so that each row of the table appears as soon as it is known. Without this script they are
// sent together and the table comes when all are done. The server writes every word; this only puts the parts together.

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

// send hands over one file and returns the page about it, or null when the server has no answer.
async function send(file, number) {
  const data = new FormData(form);
  data.delete("file");
  data.delete("url");
  data.delete("text");
  data.append("file", file);
  data.append("number", String(number));
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } });
    return answer.ok ? parse(await answer.text()) : null;
  } catch {
    return null;
  }
}

// failed is a row for a file about which the server said nothing.
function failed(file) {
  const row = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.append(Object.assign(document.createElement("bdi"), { textContent: file.name }));
  const why = Object.assign(document.createElement("td"), { colSpan: 4, textContent: form.dataset.failed });
  row.append(name, why);
  return row;
}

function progress(total) {
  const place = document.createElement("p");
  place.setAttribute("role", "status");
  const text = document.createElement("span");
  const bar = Object.assign(document.createElement("progress"), { max: total, value: 0 });
  bar.setAttribute("aria-label", document.title);
  place.append(text, " ", bar);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  return {
    place,
    set(done) {
      bar.value = done;
      text.textContent = form.dataset.progress.replace("{done}", number.format(done)).replace("{total}", number.format(total));
    },
  };
}

// count writes the summary of the rows that are there.
function count(main) {
  const tags = main.querySelectorAll("[data-summary] .tag");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  for (const tag of tags) {
    const tone = ["valid", "undecided", "invalid"].find((name) => tag.classList.contains(name));
    const n = main.querySelectorAll(`[data-rows] [data-tone=${tone}]`).length;
    tag.textContent = tag.textContent.replace(/:.*$/su, `: ${number.format(n)}`);
  }
}

async function all(files) {
  const bar = progress(files.length);
  bar.set(0);
  form.before(bar.place);
  form.querySelector("button[type=submit]").disabled = true;
  let main = null;
  const waiting = [];
  for (const [i, file] of files.entries()) {
    const page = await send(file, i + 1);
    const row = page?.querySelector("[data-rows] tr") ?? failed(file);
    if (!main && page?.querySelector("[data-rows]")) {
      main = document.querySelector("main");
      main.replaceChildren(...page.querySelector("main").childNodes);
      main.prepend(bar.place);
      main.querySelector("[data-rows]").prepend(...waiting);
      main.querySelector("[data-summary]").firstChild.remove();
      document.title = page.title;
      main.querySelector("h1").tabIndex = -1;
      main.querySelector("h1").focus();
    } else if (main) {
      main.querySelector("[data-rows]").append(row);
      main.querySelector("[data-fulls]").append(...(page?.querySelector("[data-fulls]")?.children ?? []));
    } else {
      waiting.push(row);
    }
    if (main) {
      count(main);
    }
    bar.set(i + 1);
  }
  if (!main) {
    form.submit(); // no answer at all: let the browser say why
  }
}

if (form && input) {
  form.addEventListener("submit", (event) => {
    const files = [...input.files];
    const other = [...form.querySelectorAll("#url, #text")].some((field) => field.value.trim() !== "");
    if (files.length < 2 || files.length > Number(form.dataset.files) || other) {
      return; // one file, too many, or several things: the server says it in words
    }
    event.preventDefault();
    all(files);
  });
}

// The camera reads a badge's QR code into the form. Where the browser reads codes itself (BarcodeDetector) it does so by itself;
// everywhere a picture can be taken, in which the server finds the code.
const place = form?.querySelector("[data-camera]");

const REFUSED = ["NotAllowedError", "SecurityError"];
const MISSING = ["NotFoundError", "OverconstrainedError", "DevicesNotFoundError"];
const PAUSE = 250;

function camera() {
  const open = place.querySelector("[data-camera-open]");
  const panel = place.querySelector("[data-camera-panel]");
  const video = panel.querySelector("video");
  const said = place.querySelector("[data-camera-status]");
  let stream = null;

  const say = (text) => { said.textContent = text ?? ""; };

  function close() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    panel.hidden = true;
    open.setAttribute("aria-expanded", "false");
    open.focus();
  }

  // hand puts what was read into the form and sends it, as if it had been typed.
  function hand(fill) {
    for (const field of form.querySelectorAll("#url, #text, #file")) {
      field.value = "";
    }
    fill();
    close();
    form.requestSubmit(form.querySelector("button[type=submit]"));
  }

  function read(code) {
    const field = form.querySelector(/^https?:\/\//iu.test(code) ? "#url" : "#text");
    hand(() => { field.value = code; });
  }

  // look has the browser read codes for as long as the camera is open. One that cannot leaves it to the picture.
  async function look() {
    const kinds = (await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? [];
    if (!kinds.includes("qr_code")) {
      return;
    }
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    while (stream) {
      const found = await detector.detect(video).catch(() => []);
      if (stream && found[0]?.rawValue) {
        read(found[0].rawValue);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  async function start() {
    say("");
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch (error) {
      const why = REFUSED.includes(error.name) ? "refused" : MISSING.includes(error.name) ? "missing" : "failed";
      say(place.dataset[why]);
      return;
    }
    video.srcObject = stream;
    panel.hidden = false;
    open.setAttribute("aria-expanded", "true");
    await video.play().catch(() => {});
    panel.querySelector("[data-camera-take]").focus();
    look();
  }

  function take() {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    if (!canvas.width) {
      say(place.dataset.failed);
      return;
    }
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      const files = new DataTransfer();
      files.items.add(new File([blob], "camera.jpg", { type: "image/jpeg" }));
      hand(() => { form.querySelector("#file").files = files.files; });
    }, "image/jpeg", 0.92);
  }

  open.addEventListener("click", () => (stream ? close() : start()));
  panel.querySelector("[data-camera-close]").addEventListener("click", close);
  panel.querySelector("[data-camera-take]").addEventListener("click", take);
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && stream) {
      close();
    }
  });
  window.addEventListener("pagehide", () => stream?.getTracks().forEach((track) => track.stop()));
  place.hidden = false;
}

if (place && navigator.mediaDevices?.getUserMedia) {
  camera();
}

// Without a network: files and text are checked in this browser, on demand.
const button = form?.querySelector("[data-wasm]");
const said = form?.querySelector("[data-browser-status]");
const note = document.querySelector("[data-offline]");

// The page keeps itself for the time without a network, after everything that the visitor waits for.
window.addEventListener("load", () => navigator.serviceWorker?.register("/sw.js").catch(() => {}));

const offline = () => note?.toggleAttribute("hidden", navigator.onLine);
window.addEventListener("online", offline);
window.addEventListener("offline", offline);
offline();

let worker = null;

// run has the worker check; it answers {html} or {error}.
function run(request) {
  worker ??= new Worker(button.dataset.worker);
  return new Promise((resolve) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => resolve({ error: event.message ?? "" });
    worker.postMessage({ exec: button.dataset.exec, wasm: button.dataset.wasm, request });
  });
}

// handed is what there is to check here: files, or the pasted text. A link needs a network.
async function handed() {
  const files = [...form.querySelector("input[type=file]").files];
  const text = form.querySelector("#text").value.trim();
  const out = [];
  for (const file of files) {
    out.push({ name: file.name, data: new Uint8Array(await file.arrayBuffer()) });
  }
  if (text) {
    out.push({ name: form.querySelector("label[for=text]").textContent, data: new TextEncoder().encode(text) });
  }
  return out;
}

async function check() {
  const files = await handed();
  if (files.length === 0 || files.length > Number(form.dataset.files)) {
    said.textContent = button.dataset.none;
    return;
  }
  said.textContent = button.dataset.loading;
  let pack;
  try {
    pack = await (await fetch("/verify/pack.json")).text();
  } catch {
    said.textContent = button.dataset.nodata;
    return;
  }
  const lang = document.documentElement.lang;
  const answer = await run({ pack, lang, files, recipient: form.querySelector("#recipient").value.trim() });
  if (!answer.html) {
    said.textContent = button.dataset.failed;
    console.warn(answer.error);
    return;
  }
  const page = new DOMParser().parseFromString(answer.html, "text/html");
  const main = document.querySelector("main");
  main.replaceChildren(...page.querySelector("main").childNodes);
  document.title = page.title;
  const heading = main.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus();
}

if (button && typeof WebAssembly === "object" && typeof Worker === "function") {
  form.querySelector("[data-browser]").hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await check();
    } finally {
      button.disabled = false;
    }
  });
}
