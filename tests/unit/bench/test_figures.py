"""Figures of measurements and their targets."""

import json
import os
import threading
import time

from bench.fanout.fanout_targets import Run, compare_stalled, compare_with_targets
from bench.figures import Figure, as_json, as_line
from bench.processes import cpu_seconds


def run(last: float, cpu: float = 0.05) -> Run:
    return Run(9000, last=[last] * 5, p99=[last] * 5, cpu=[cpu] * 5, client=[0.03] * 5, reader_bytes=1000)


def verdicts(ours: Run, bare: Run, nchan: Run | None) -> dict[str, bool | None]:
    runs = {"ours": ours, "bare": bare} | ({"nchan": nchan} if nchan else {})
    return {figure.name: figure.met for figure in compare_with_targets(runs, [0.01], 9000)}


def test_ratio_to_nchan_is_met_independent_of_speed():
    assert verdicts(run(0.7), run(0.6), run(1.0))["ratio_to_nchan"] is True
    assert verdicts(run(0.8), run(0.7), run(1.0))["ratio_to_nchan"] is False
    assert verdicts(run(0.8), run(0.7), None)["ratio_to_nchan"] is None


def test_time_target_is_absolute_or_relative_to_the_bare_loop():
    assert verdicts(run(0.099), run(0.01), None)["publish_to_99_percent"] is True
    assert verdicts(run(0.140), run(0.1), None)["publish_to_99_percent"] is True
    assert verdicts(run(0.160), run(0.1), None)["publish_to_99_percent"] is False


def test_cpu_excludes_the_cost_of_publishing():
    found = verdicts(run(0.1, cpu=0.069), run(0.1), None)
    assert found["deliveries_per_core_second"] is True  # 9,000 in 0.059 s
    assert verdicts(run(0.1, cpu=0.2), run(0.1), None)["deliveries_per_core_second"] is False


def test_target_of_stalled_readers_allows_noise_only():
    calm = Run(9000, p99=[0.1, 0.11, 0.12])
    assert [figure.met for figure in compare_stalled(calm, Run(9000, p99=[0.115] * 3), 100.0)] == [None, True, True]
    assert [figure.met for figure in compare_stalled(calm, Run(9000, p99=[0.2] * 3), 70_000.0)] == [None, False, False]


def test_json_is_one_line_and_table_shows_met_targets():
    figure = Figure("last", 60.0, "ms", "≤ 0.75", peer=80.0, bare=50.0, met=True)
    text = as_json([figure])
    assert "\n" not in text and json.loads(text)["last"]["ratio"] == 0.75
    line = as_line(figure)
    assert "peer 80 (× 0.75)" in line and "bare 50" in line and "target ≤ 0.75 – met" in line
    assert "NOT MET" in as_line(Figure("last", 70.0, "ms", "≤ 60", met=False))


def test_cpu_includes_ended_threads():
    spent = []

    def work() -> None:
        while time.thread_time() < 0.05:
            sum(range(1000))
        spent.append(time.thread_time())

    before = cpu_seconds(os.getpid())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert cpu_seconds(os.getpid()) - before >= spent[0]
