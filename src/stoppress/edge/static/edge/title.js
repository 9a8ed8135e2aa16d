/* The tab's title: "(3) Sea wall gives way | The Halden Courier" while something is unseen. */

export function pageTitle(main) {
  const site = document.title.slice(document.title.lastIndexOf(" | "));
  let plain = document.title, count = 0;
  const set = () => { document.title = count ? `(${count}) ${plain}` : plain; };

  if (main.dataset.page === "newest") {
    const headline = main.querySelector("[data-headline]");
    new MutationObserver(() => { plain = headline.textContent + site; set(); }).observe(headline, { childList: true });
  }
  return {
    show(number) { count = number; set(); },
    rename(text) { plain = text + site; set(); },
  };
}
