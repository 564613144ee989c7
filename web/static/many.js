// Many files are sent one by one, so that each row of the table appears as soon as it is known. Without this script they are
// sent together and the table comes when all are done. The server writes every word; this only puts the parts together.
const form = document.querySelector("[data-verify]");
const input = form?.querySelector("input[type=file]");

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
