"""The script of an open page uses the language of its live blog."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from stoppress.coverage.actions import edit_blog, publish, set_state
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import Content
from tests.conftest import Clock
from tests.support.web_server import Serving, wait_until

WORDS = {
    "ar": {
        "counted": ["منشور جديد واحد", "منشوران جديدان", "3 منشورات جديدة"],
        "count": "15 منشورًا",
        "ended": "انتهت التغطية",
        "ago": re.compile("^قبل 18 دقيقة$"),
    },
    "uk": {
        "counted": ["1 новий допис", "2 нові дописи", "3 нові дописи"],
        "count": "15 дописів",
        "ended": "Трансляцію завершено",
        "ago": re.compile("^18 хв тому$"),
    },
    "de": {
        "counted": ["1 neuer Beitrag", "2 neue Beiträge", "3 neue Beiträge"],
        "count": "15 Beiträge",
        "ended": "Die Berichterstattung ist beendet",
        "ago": re.compile("^vor 18 Min.$"),
    },
}


@pytest.fixture
def write(blog: LiveBlog, clock: Clock) -> Callable[[str], object]:
    """Return a function that publishes a post a minute after the previous one."""

    def publish_one(headline: str) -> object:
        content = Content(headline=headline, body="<p>" + "Z " * 200 + "</p>")
        return publish("storm-maren", content, by="ines", now=clock.tick())

    return publish_one


def opened(browser: Browser, serving: Serving) -> Page:
    page = browser.new_page(viewport={"width": 390, "height": 844}, base_url=serving.url)
    before = serving.readers
    page.goto("/live/storm-maren")
    wait_until(lambda: serving.readers > before)
    return page


@pytest.mark.parametrize("language", sorted(WORDS))
def test_script_counts_and_announces_in_the_language(browser, serving, blog, clock, write, language):
    words = WORDS[language]
    LiveBlog.objects.update(language=language)
    for number in range(12):
        write(f"ZZ {number}")
    page = opened(browser, serving)
    page.evaluate("scrollTo({ top: 2500, behavior: 'instant' })")
    for number, counted in enumerate(words["counted"]):
        write(f"YY {number}")
        expect(page.locator("[data-new-posts] button")).to_have_text(counted)
    expect(page.locator("[data-post-count]")).to_have_text(words["count"])
    set_state("storm-maren", BlogState.ENDED, by="ines", now=clock.tick())
    expect(page.locator("[data-announce]")).to_have_text(re.compile(words["ended"]))
    page.close()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_age_of_a_post_is_in_the_language(browser, serving, blog, clock, write, language):
    LiveBlog.objects.update(language=language)
    write("ZZ")
    page = browser.new_page(viewport={"width": 390, "height": 844}, base_url=serving.url)
    page.clock.set_fixed_time(clock.moment.timestamp() + 18 * 60 + 5)
    page.goto("/live/storm-maren")
    expect(page.locator("[data-relative]").first).to_have_text(WORDS[language]["ago"])
    page.close()


def test_open_page_reloads_in_the_new_language(browser, serving, blog, clock, write):
    write("ZZ")
    page = opened(browser, serving)
    head = {"headline": blog.headline, "standfirst": blog.standfirst, "zone": blog.zone, "by": "ines"}
    edit_blog("storm-maren", **head, language="ar", now=clock.tick())
    expect(page.locator("html")).to_have_attribute("lang", "ar", timeout=20_000)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("[data-post-count]")).to_have_text("منشور واحد")
    page.close()
