"""What the desk shows about a halt."""

from stoppress.delivery.transitions.halt import HaltResult


def test_nothing_is_shown_about_a_halt_when_the_post_was_never_sent_as_an_alert() -> None:
    assert HaltResult().summary() == ""
