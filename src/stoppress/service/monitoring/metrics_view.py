"""`/metrics`: metrics of edge, mail and scheduler for Prometheus, for trusted addresses only."""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from stoppress.edge.live.delivery_latency import BUCKET_BOUNDS_SECONDS
from stoppress.runtime.clock import utc_now
from stoppress.runtime.networks import client_behind_proxy, is_in_networks
from stoppress.service.monitoring.current_alarms import current_status
from stoppress.service.monitoring.disk_space import measure_disks
from stoppress.service.monitoring.metric_families import MailCollector
from stoppress.service.monitoring.process_figures import (
    Figures,
    live_blog_slugs,
    read_all,
    sum_figures,
    sum_for_live_blog,
)
from stoppress.service.monitoring.replaced_processes import read_replaced_processes
from stoppress.service.notifications.transports import process_socket

FORWARDING_HEADERS = tuple(
    f"HTTP_{name}"
    for name in (
        "X_FORWARDED_FOR",
        "FORWARDED",
        "X_REAL_IP",
        "X_FORWARDED",
        "X_FORWARDED_HOST",
        "X_FORWARDED_PORT",
        "X_FORWARDED_PROTO",
        "X_FORWARDED_SCHEME",
        "X_FORWARDED_SERVER",
        "X_CLIENT_IP",
        "X_CLUSTER_CLIENT_IP",
        "X_ORIGINAL_FORWARDED_FOR",
        "X_ENVOY_EXTERNAL_ADDRESS",
        "X_AZURE_CLIENTIP",
        "CF_CONNECTING_IP",
        "TRUE_CLIENT_IP",
        "FASTLY_CLIENT_IP",
        "FORWARDED_FOR",
        "CLIENT_IP",
        "VIA",
    )
)
"""Headers that show that a proxy has forwarded a request."""

COUNTERS = {
    "dropped": "Streams dropped because the client did not read",
    "resumed": "Streams that continued from the cursor of an earlier one",
    "resets": "Streams that were reset to load the page again",
    "lookups": "Backfills from the database for returning streams",
}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics as text, or 403."""
    if not may_read_metrics(request):
        return HttpResponse(
            "This address may not read the metrics: see STOPPRESS_METRICS_NETWORKS.\n",
            status=403,
            content_type="text/plain",
        )
    registry, folder = CollectorRegistry(auto_describe=False), process_socket().folder
    registry.register(EdgeCollector(read_all(folder), read_replaced_processes(folder)))
    registry.register(MailCollector(current_status(), utc_now()))
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
    )


def may_read_metrics(request: HttpRequest) -> bool:
    """Return True if the client's address is in STOPPRESS_METRICS_NETWORKS; only trusted proxies may forward one.

    A forwarded request whose X-Forwarded-For does not name the client is refused: the peer is the proxy.
    """
    peer, forwarded_for = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "").strip(", ")
    is_forwarded = any(name in request.META for name in FORWARDING_HEADERS)
    if is_forwarded and not (forwarded_for and is_in_networks(peer, settings.TRUSTED_PROXIES)):
        return False
    client = client_behind_proxy(peer, forwarded_for, settings.TRUSTED_PROXIES, settings.TRUSTED_HOPS)
    return is_in_networks(client, settings.METRICS_NETWORKS)


class EdgeCollector(Collector):
    """Metrics of the edge, summed over all web processes, and of processes."""

    def __init__(self, figures: list[Figures], replaced: Mapping[tuple[str, str], int]) -> None:
        self._figures, self._replaced = figures, replaced

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        readers = GaugeMetricFamily("stoppress_stream_readers", "Open streams", labels=["blog"])
        holding = GaugeMetricFamily("stoppress_stream_holding", "Streams that hold the newest change", labels=["blog"])
        newest = GaugeMetricFamily(
            "stoppress_stream_newest_seconds",
            "Seconds until this share of the streams held the newest change",
            labels=["blog", "share"],
        )
        for slug in live_blog_slugs(self._figures):
            sums = sum_for_live_blog(self._figures, slug)
            readers.add_metric([slug], sums["readers"])
            holding.add_metric([slug], sums["holding"])
            for share in ("p50", "p99"):
                if sums[share] is not None:
                    newest.add_metric([slug, f"0.{share[1:]}"], sums[share])
        yield from (readers, holding, newest)
        for name, meaning in COUNTERS.items():
            yield CounterMetricFamily(f"stoppress_stream_{name}", meaning, value=sum_figures(self._figures, name))
        yield self._deliveries()
        yield self._replaced_processes()
        free = GaugeMetricFamily("stoppress_disk_free_bytes", "Free space of a disk", labels=["folder"])
        for space in measure_disks():
            free.add_metric([space.folder], space.free)
        yield free

    def _replaced_processes(self) -> Metric:
        meaning = "Processes that were replaced because they hung or ended"
        family = CounterMetricFamily("stoppress_process_replaced", meaning, labels=["role", "reason"])
        for (role, reason), count in sorted(self._replaced.items()):
            family.add_metric([role, reason], count)
        return family

    def _deliveries(self) -> Metric:
        buckets, held = [], 0
        for index, bound in enumerate([*map(str, BUCKET_BOUNDS_SECONDS), "+Inf"]):
            held += sum(one["buckets"][index] for one in self._figures)
            buckets.append((bound, float(held)))
        name, meaning = (
            "stoppress_stream_delivery_seconds",
            "Seconds from the commit of a change until the kernel accepted it for a stream",
        )
        return HistogramMetricFamily(name, meaning, buckets=buckets, sum_value=sum_figures(self._figures, "seconds"))
