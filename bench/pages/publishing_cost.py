"""Cost of publishing into a live blog of 5,000 posts, beside one of 50."""

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from bench.figures import Figure
from bench.pages.page_installation import write_blog, write_post

SMALL, LARGE = 50, 5_000
TIMES = 40


def measure_publishing() -> Iterator[Figure]:
    """Publish, build frames, render and compress the page, in turn for both; yield medians."""
    for posts in (SMALL, LARGE):
        write_blog(f"posts-{posts}", posts)
    took: dict[int, list[float]] = {SMALL: [], LARGE: []}
    for number in range(TIMES + 5):
        for posts, times in took.items():
            spent = _publish_and_show(f"posts-{posts}", posts + number)
            if number >= 5:
                times.append(spent)
    small, large = (statistics.median(took[posts]) * 1000 for posts in (SMALL, LARGE))
    yield Figure(f"publish into {SMALL} posts, page and frames made", small, "ms")
    yield Figure(f"publish into {LARGE:,} posts, page and frames made", large, "ms")
    ratios = [much / little for much, little in zip(took[LARGE], took[SMALL], strict=True)]
    note = f"median of {TIMES} pairs"
    yield Figure("publishing: 5,000 posts ÷ 50 posts", statistics.median(ratios), target="≤ 1.5", note=note)


def _publish_and_show(slug: str, number: int) -> float:
    from stoppress.coverage.public_posts import find_blog
    from stoppress.coverage.public_state import changes_after
    from stoppress.edge.cache.compressed_body import CompressedBody
    from stoppress.edge.live import stream_events
    from stoppress.edge.render import page_document, pagination

    began = time.perf_counter()
    write_post(slug, number, datetime.now(UTC))
    blog = find_blog(slug)
    stream_events.change_frames(blog, changes_after(blog, blog.seq - 1))
    CompressedBody(page_document.render_newest_page(blog, pagination.newest_posts(blog))).encoded("br")
    return time.perf_counter() - began
