"""Percentiles count all intended recipients, not only the served ones."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.receipts.delivery_speed import counts_within, percentile, speed_percentiles
from stoppress.desk.templatetags.number_filters import duration, percent, seconds
from stoppress.runtime.formula_escaping import escape_formula
from stoppress.runtime.mail_masking import mask_mail_address

TENTHS = st.lists(st.integers(0, 5000), max_size=60)


@given(TENTHS, st.integers(0, 40), st.sampled_from([0.5, 0.9, 0.99]))
def test_percentile_counts_unserved_recipients_as_never(tenths, unserved, share):
    intended = len(tenths) + unserved
    times = sorted(tenths)
    wanted = ceil(share * intended)
    expected = (times[wanted - 1] + 1) / 10 if 0 < wanted <= len(times) else None
    assert percentile(Counter(tenths), intended, share) == expected


@given(TENTHS, st.integers(0, 40))
def test_shares_grow_up_to_those_accepted_in_five_minutes(tenths, unserved):
    intended = len(tenths) + unserved
    found = counts_within(Counter(tenths), intended)
    counts = [each.count for each in found]
    assert counts == sorted(counts) and counts[-1] == sum(tenth < 3000 for tenth in tenths)
    assert all(0 <= each.share <= 1 for each in found)


def test_percentile_is_none_without_recipients():
    assert speed_percentiles("all", 0, {}).p50 is None


@pytest.mark.parametrize(("value", "words"), [(None, "not yet"), (0.4, "0.4 s"), (95.2, "95 s"), (720, "12 min")])
def test_seconds_filter_rounds_to_readable_units(value, words):
    assert seconds(value) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(30, "30 minutes"), (60, "1 hour"), (240, "4 hours"), (1440, "24 hours"), (4320, "3 days"), (90, "90 minutes")],
)
def test_duration_filter_uses_the_largest_unit(minutes, words):
    assert duration(minutes) == words


def test_percent_filter_never_rounds_up_to_all():
    assert percent(0.99999) == "99.9 %" and percent(1.0) == "100 %" and percent(0) == "0 %"


def test_masked_address_shows_its_domain():
    assert mask_mail_address("mari@example.com") == "m…@example.com" and mask_mail_address("") == "(erased)"


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-x", "@x", "\tx"])
def test_formula_cell_is_escaped(cell):
    assert escape_formula(cell) == f"'{cell}" and escape_formula("2.0.0 ok") == "2.0.0 ok"
