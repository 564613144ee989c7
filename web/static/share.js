// Comfort for a badge page: its print button, and one that hands the link on. Both are hidden until this script is here.
const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

const share = document.querySelector("[data-share]");
if (share && (navigator.share || navigator.clipboard)) {
  share.hidden = false;
  share.addEventListener("click", async () => {
    const url = share.dataset.share;
    try {
      if (navigator.share) {
        await navigator.share({ url, title: document.title });
        return;
      }
      await navigator.clipboard.writeText(url);
      const said = share.querySelector("span");
      said.setAttribute("role", "status");
      said.textContent = share.dataset.done;
    } catch {
      // The visitor changed their mind, or the browser does not allow it: the link stands on the page.
    }
  });
}
