"""Figures summed over processes, shown at the desk and to trusted addresses."""

import http.client
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client, RequestFactory, override_settings

from stoppress.desk.screens.readership import Readership
from stoppress.edge.live.delivery_latency import DeliveryLatency, quantile
from stoppress.service.monitoring.metrics_view import may_read_metrics
from stoppress.service.monitoring.process_figures import sum_for_live_blog
from tests.support.web_server import Serving, wait_until


def one(readers: int, holding: int, seq: int, steps: list[tuple[float, int]], audience: int) -> dict[str, Any]:
    storm = {"readers": readers, "holding": holding, "following": readers, "seq": seq, "steps": steps}
    storm |= {"audience": audience}
    return {"blogs": {"storm": storm}}


def test_figures_of_processes_are_summed():
    found = sum_for_live_blog(
        [one(100, 99, 7, [(0.1, 60), (0.3, 39)], 100), one(100, 100, 7, [(0.2, 100)], 100)], "storm"
    )
    assert found == {"seq": 7, "readers": 200, "holding": 199, "following": 200, "p50": 0.2, "p99": 0.3}


def test_process_without_the_newest_change_counts_its_readers_as_missing():
    found = sum_for_live_blog([one(100, 100, 8, [(0.1, 100)], 100), one(100, 100, 7, [(0.2, 100)], 100)], "storm")
    assert (found["readers"], found["holding"], found["p99"]) == (200, 100, None)


def test_resetting_readers_are_not_waited_for():
    behind = one(100, 0, 7, [], 0)
    behind["blogs"]["storm"]["following"] = 0
    found = sum_for_live_blog([one(100, 100, 8, [(0.1, 100)], 100), behind], "storm")
    assert (found["readers"], found["holding"], found["p99"]) == (200, 100, 0.1)


def test_figures_are_empty_without_readers():
    assert sum_for_live_blog([], "storm") == {
        "seq": 0,
        "readers": 0,
        "holding": 0,
        "following": 0,
        "p50": None,
        "p99": None,
    }


def test_quantile_needs_its_share_of_the_audience():
    spread = DeliveryLatency(1, 0.0, audience_size=1000)
    exact = [(step / 100, 2) for step in range(500)]
    for seconds, readers in exact:
        spread.add(seconds, readers)
    assert len(spread.steps) <= 64 and sum(count for _, count in spread.steps) == 1000
    for share in (0.01, 0.5, 0.9, 0.99, 1):
        true = quantile(exact, 1000, share)
        assert true <= quantile(spread.steps, 1000, share) <= true * 2 ** (1 / 6)
    assert quantile([(0.1, 98)], 100, 0.99) is None and quantile([(0.1, 98), (0.4, 1)], 100, 0.99) == 0.4


def test_desk_shows_readership_in_one_sentence():
    assert Readership(8412, 8410, 8412, 0.43).summary == "8,412 reading · newest post at 99 % in 0.4 s"
    assert Readership(8412, 4206, 8412, None).summary == "8,412 reading · newest post at 50 %"
    assert Readership(8412, 4206, 4206, None).summary == "8,412 reading · newest post at 100 %"
    assert Readership(3, 0, 0, None).summary == "3 reading"
    assert Readership(0, 0, 0, None).summary == "No readers right now"


def test_desk_shows_readership_details_on_request():
    more = Readership(8412, 8410, 8412, 0.43, 0.21, dropped=3, resumed=1200, resets=2).details
    assert more == (
        "Half of them had the newest post in 0.2 s. All live blogs since the start: 1,200 connections resumed, "
        "2 reloaded the page, 3 were closed because they read too slowly."
    )
    assert Readership(1, 0, 1, None).details.startswith("All live blogs since the start: 0 connections")


@pytest.mark.parametrize(
    ("peer", "forwarded", "allowed"),
    [
        ("127.0.0.1", "", True),
        ("127.0.0.1", "10.1.2.3", True),
        ("127.0.0.1", "203.0.113.9", False),
        ("127.0.0.1", "10.1.2.3, 203.0.113.9", False),
        ("203.0.113.9", "", False),
        ("203.0.113.9", "127.0.0.1", False),
        ("10.1.2.3", "", True),
        ("nonsense", "", False),
    ],
)
def test_metrics_are_refused_to_untrusted_addresses(peer, forwarded, allowed):
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    request = RequestFactory().get("/metrics", REMOTE_ADDR=peer, **headers)
    with override_settings(METRICS_NETWORKS=[ip_network("127.0.0.1"), ip_network("10.0.0.0/8")]):
        assert may_read_metrics(request) is allowed
        assert Client(REMOTE_ADDR=peer, **headers).get("/metrics").status_code == (200 if allowed else 403)


@pytest.mark.parametrize(
    "header",
    ["X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "Via", "X-Forwarded-Proto"],
)
@pytest.mark.parametrize("forwarded_for", [None, "", " , "])
def test_metrics_are_refused_when_a_proxy_does_not_name_its_client(header, forwarded_for):
    headers = {header: "127.0.0.1"} | ({} if forwarded_for is None else {"X-Forwarded-For": forwarded_for})
    request = RequestFactory().get("/metrics", REMOTE_ADDR="127.0.0.1", headers=headers)
    assert may_read_metrics(request) is False
    named = RequestFactory().get("/metrics", REMOTE_ADDR="127.0.0.1", headers={header: "x", "X-Forwarded-For": "::1"})
    assert may_read_metrics(named) is True


@pytest.mark.django_db(transaction=True)
def test_metrics_contain_open_streams(blog, serving: Serving):
    stream = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    stream.request("GET", f"/live/{blog.slug}/stream")
    opened = stream.getresponse()

    def said() -> str:
        asking = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
        asking.request("GET", "/metrics")
        text = asking.getresponse().read().decode()
        asking.close()
        return text

    wait_until(lambda: f'stoppress_stream_readers{{blog="{blog.slug}"}} 1.0' in said())
    assert "stoppress_stream_dropped_total" in said() and 'delivery_seconds_bucket{le="+Inf"}' in said()
    opened.close()
    stream.close()
