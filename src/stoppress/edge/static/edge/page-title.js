/* The tab's title: "(3) Sea wall gives way | The Halden Courier" while three posts are unseen. */

export function pageTitle(main) {
  const site = document.title.slice(document.title.lastIndexOf(" | "));
  let title = document.title, count = 0;
  const update = () => { document.title = count ? `(${count}) ${title}` : title; };

  if (["newest", "start"].includes(main.dataset.page)) {
    const headline = main.querySelector("[data-headline]");
    new MutationObserver(() => { title = headline.textContent + site; update(); }).observe(headline, { childList: true });
  }
  return {
    showCount(number) { count = number; update(); },
    rename(text) { title = text + site; update(); },
  };
}
