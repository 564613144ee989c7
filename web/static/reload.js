// A page that tells how far something is looks again after a moment, while it is looked at.
const zone = document.querySelector("[data-reload]");

if (zone) {
  const again = () => {
    if (document.visibilityState === "visible") location.reload();
    else setTimeout(again, 1000);
  };
  setTimeout(again, Number(zone.dataset.reload) * 1000);
}
