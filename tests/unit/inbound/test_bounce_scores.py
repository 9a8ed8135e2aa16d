"""Scores of addresses with delivery problems."""

from datetime import UTC, datetime, timedelta

from stoppress.inbound.bounce_scores import DELAY_POINTS, HALF_LIFE, decayed_score, report_points
from stoppress.inbound.bounces import OPERATOR_REASONS, BounceReason, ReportKind

NOW = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)


def test_score_halves_with_time_and_ignores_reasons_about_our_mail():
    full = (ReportKind.BOUNCE.value, BounceReason.MAILBOX_FULL.value)
    assert decayed_score([(*full, NOW)], NOW) == 1
    assert decayed_score([(*full, NOW - HALF_LIFE), (*full, NOW)], NOW) == 1.5
    assert decayed_score([(*full, NOW + timedelta(seconds=1))], NOW) == 1
    assert all(report_points("bounce", reason.value) == 0 for reason in OPERATOR_REASONS)
    assert all(report_points("bounce", reason.value) >= 0 for reason in BounceReason)
    assert report_points("delayed", "expired") == DELAY_POINTS
    assert report_points("complaint", "") == report_points("bounce", "") == 0
