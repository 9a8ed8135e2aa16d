"""The light page in a real browser: what it costs, and that it stays up to date."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import BrowserContext, Response, expect

from stoppress.coverage.actions import correct, publish, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.pictures.store import store_picture
from stoppress.coverage.post_content import Content, PictureUse
from tests.support.clocks import Clock
from tests.support.reader_browser import LIVE, Write, find_post, read_headlines

LITE = f"{LIVE}/lite"


def test_light_page_of_twenty_posts_costs_at_most_14_kb(context: BrowserContext, write: Write) -> None:
    for number in range(20):
        write(f"Entry {number}", f"The swell is over landing {number}, and the pumps of quay {number % 7} hold. " * 6)
    page = context.new_page()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(LIVE)
    page.get_by_role("link", name="Light version").click()
    page.wait_for_url(f"**{LITE}")
    responses.clear()
    page.reload()
    page.wait_for_load_state("load")
    assert len(read_headlines(page)) == 20
    assert {each.request.resource_type for each in responses}.isdisjoint({"image", "font", "eventsource"})
    sizes = [each.request.sizes() for each in responses]
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) <= 14 * 1024


def test_light_page_stays_up_to_date_without_pictures(
    context: BrowserContext, blog: LiveBlog, posts: list[Post], write: Write, clock: Clock
) -> None:
    file = BytesIO()
    Image.new("RGB", (1200, 600), "navy").save(file, "PNG")
    file.seek(0)
    use = PictureUse(id=store_picture(file, blog=blog, by="ines", now=clock()).pk, alt="The wall at noon")
    content = Content(headline="Entry 13", body="<p>There are 412.</p>", pictures=(use,))
    shown = publish("storm-maren", content, by="ines", now=clock.tick())
    page = context.new_page()
    page.clock.install()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(LITE)
    picture = page.get_by_role("link", name="Picture: The wall at noon")
    expect(picture).to_be_visible()
    page.evaluate("scrollTo(0, 400)")
    write("Second alarm")
    right = Content(headline="Entry 13", body="<p>There are 212.</p>", pictures=(use,))
    correct("storm-maren", shown.pk, right, note="We said 412.", by="ines", now=clock.tick(), based_on=1)
    withdraw("storm-maren", posts[9].pk, note="Not so.", by="ines", now=clock.tick())
    page.clock.run_for(30_000)
    expect(page.get_by_text("We said 412.")).to_have_count(1)
    expect(find_post(page, "Withdrawn post")).to_have_count(1)
    assert "Entry 10" not in page.locator("body").inner_html()
    assert read_headlines(page)[0] == "Entry 13"
    page.get_by_role("button", name="1 new post").click()
    expect(find_post(page, "Second alarm")).to_be_in_viewport()
    assert read_headlines(page)[0] == "Second alarm"
    assert page.locator("img").count() == 0 and not [url for url in requests if "/media/" in url]
    assert page.request.get(str(picture.get_attribute("href"))).headers["content-type"] == "image/webp"
