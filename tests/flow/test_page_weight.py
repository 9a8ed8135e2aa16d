"""What an open page costs a reader."""

from playwright.sync_api import BrowserContext, Response

from tests.support.reader_browser import LIVE, Write
from tests.support.web_server import Serving, wait_until


def test_live_page_of_fifty_posts_costs_at_most_six_requests_and_45_kb(
    context: BrowserContext, serving: Serving, write: Write
) -> None:
    for number in range(50):
        write(f"Entry {number}", f"The swell is over landing {number}, and the pumps of quay {number % 7} hold. " * 6)
    page = context.new_page()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(LIVE)
    wait_until(lambda: serving.readers == 1)
    page.wait_for_load_state("load")
    counted = [each for each in responses if each.request.resource_type not in ("font", "image", "eventsource")]
    assert len(responses) - len([each for each in responses if each.request.resource_type == "font"]) <= 6
    assert sum(each.request.sizes()["responseBodySize"] for each in counted) <= 45 * 1024
