// The editor of achievements shows while one writes how the badge will look. Without this script a button does it.
const form = document.querySelector("[data-preview]");

if (form) {
  const target = document.getElementById(form.dataset.preview);
  let timer, asked = 0;
  const show = async () => {
    const body = new FormData(form), mine = ++asked;
    body.delete("picture");
    body.set("step", "preview");
    try {
      const answer = await fetch(form.action, {method: "POST", body, headers: {Accept: "text/html"}});
      if (!answer.ok || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(target.id);
      if (fresh) target.replaceChildren(...fresh.childNodes);
    } catch {
      // The line is poor: the next change tries again.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 500);
  });
  show();
}
