"""`/metrics`: the figures of edge, mail and clock for Prometheus; for trusted addresses only."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from stoppress.edge.live.delivery_latency import BOUNDS
from stoppress.runtime.clock import utc_now
from stoppress.runtime.networks import is_in_networks
from stoppress.service.monitoring.current_alarms import how_it_stands
from stoppress.service.monitoring.metric_families import Watch
from stoppress.service.monitoring.process_figures import Figures, of_blog, read_all, slugs, total
from stoppress.service.notifications.transports import bell

COUNTERS = {
    "dropped": "Readers dropped because they did not take what they were sent",
    "resumed": "Readers who came back after a stream and went on from where they were",
    "resets": "Readers told to load the page again",
    "lookups": "Times that frames were read from the database for readers who came back",
}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures as text, or 403."""
    if not trusted(request):
        return HttpResponse("Not for this address.\n", status=403, content_type="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Edge(read_all(bell().folder)))
    registry.register(Watch(how_it_stands(), utc_now()))
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
    )


def trusted(request: HttpRequest) -> bool:
    """Whether an address of STOPPRESS_METRICS_NETWORKS asks itself, and not only through a proxy there."""
    peer = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") or request.META.get("HTTP_FORWARDED", "")
    if forwarded and not is_in_networks(peer, settings.TRUSTED_PROXIES):
        return False
    client = forwarded.rpartition(",")[2].strip() if forwarded else peer
    return is_in_networks(client, settings.METRICS_NETWORKS)


class Edge(Collector):
    """The edge's figures as Prometheus knows them."""

    def __init__(self, figures: list[Figures]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        readers = GaugeMetricFamily("stoppress_stream_readers", "Open streams", labels=["blog"])
        holding = GaugeMetricFamily("stoppress_stream_holding", "Readers who hold the newest change", labels=["blog"])
        newest = GaugeMetricFamily(
            "stoppress_stream_newest_seconds",
            "Seconds until this share of the readers held the newest change",
            labels=["blog", "share"],
        )
        for slug in slugs(self._figures):
            found = of_blog(self._figures, slug)
            readers.add_metric([slug], found["readers"])
            holding.add_metric([slug], found["holding"])
            for share in ("p50", "p99"):
                if found[share] is not None:
                    newest.add_metric([slug, f"0.{share[1:]}"], found[share])
        yield from (readers, holding, newest)
        for name, meaning in COUNTERS.items():
            yield CounterMetricFamily(f"stoppress_stream_{name}", meaning, value=total(self._figures, name))
        yield self._deliveries()

    def _deliveries(self) -> Metric:
        buckets, held = [], 0
        for index, bound in enumerate([*map(str, BOUNDS), "+Inf"]):
            held += sum(one["buckets"][index] for one in self._figures)
            buckets.append((bound, float(held)))
        name, meaning = (
            "stoppress_stream_delivery_seconds",
            "From commit until the kernel took a change for a reader",
        )
        return HistogramMetricFamily(name, meaning, buckets=buckets, sum_value=total(self._figures, "seconds"))
