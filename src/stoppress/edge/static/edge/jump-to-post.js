/* Key events: scroll to the post if it is on this page, else follow the link to the page around it.

   <a href="/live/storm-maren/posts/UUID" data-jump="post-UUID">…</a> */

export function jumpToPosts(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-jump]");
    const post = link && document.getElementById(link.dataset.jump);
    if (!post || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    post.closest("details")?.setAttribute("open", "");
    history.pushState(null, "", `#${post.id}`);
    post.focus({ preventScroll: true });
    post.scrollIntoView({ block: "start" });
  });
}
