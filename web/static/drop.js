// Comfort for the verify page: a file can be dropped on the card. Without this script the file button does the same.
const zone = document.querySelector("[data-drop]");
const input = zone?.querySelector("input[type=file]");

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
