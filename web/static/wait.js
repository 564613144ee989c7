// The page that waits for a wallet changes by itself. Without this script it loads itself anew every few seconds.
const zone = document.querySelector("[data-wait]");

if (zone) {
  const source = new EventSource(zone.dataset.wait);
  source.addEventListener("changed", () => {
    source.close();
    location.reload();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => location.reload(), 5000);
    }
  });
}
