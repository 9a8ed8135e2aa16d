"""Real processes and sockets, broken at random: what `python -m bench chaos` does at length, here in short."""

from argparse import Namespace

import pytest

from bench.chaos.measurement import measure


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_reader_ends_in_the_state_of_the_log_when_processes_and_sockets_break(database):
    options = Namespace(deliveries=6_000, readers=40, workers=2, seed=7, database=database)
    figures = {one.name: one for one in measure(options)}
    assert (figures["deliveries"].value or 0) >= 6_000
    assert figures["changes_seen_twice"].value == figures["gaps_without_a_word"].value == 0
    assert (figures["returns_with_a_cursor"].value or 0) > 0
