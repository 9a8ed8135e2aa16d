"""What people type into the one field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.errors import BadAddress
from stoppress.alerts.signup import addresses, shortened, tidy_address


@pytest.mark.parametrize(
    ("typed", "email", "key"),
    [
        ("mari@example.com", "mari@example.com", "mari@example.com"),
        ("  Mari@Example.COM ", "Mari@example.com", "mari@example.com"),
        ("<mari@example.com>", "mari@example.com", "mari@example.com"),
        ("mailto:mari@example.com", "mari@example.com", "mari@example.com"),
        ("mari@example.com.", "mari@example.com", "mari@example.com"),
        ("o'hara+news@example.com", "o'hara+news@example.com", "o'hara+news@example.com"),
        ("mari@bücher.example.com", "mari@bücher.example.com", "mari@xn--bcher-kva.example.com"),
        ("mari@xn--bcher-kva.example.com", "mari@bücher.example.com", "mari@xn--bcher-kva.example.com"),
    ],
)
def test_good_addresses_are_tidied(typed, email, key):
    assert (tidy_address(typed).email, tidy_address(typed).key) == (email, key)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "enter your email"),
        ("   ", "enter your email"),
        ("mari.example.com", "@ is missing"),
        ("mari@", "after the @"),
        ("@example.com", "before the @"),
        ("mari@@example.com", "more than one @"),
        ("mari o@example.com", "space"),
        ("mari@example..com", "two dots"),
        ("mari@gmail", "did you mean gmail.com"),
        ("mari@example.com\r\nBcc: x@example.com", "more than one @"),
        ("mari@exa_mple.com", "does not look like"),
        ("mari@localhost.test", "does not look like"),
        ("mari@" + "x" * 300 + ".com", "too long"),
        ("mårten@example.com", "does not look like"),
    ],
)
def test_bad_ones_get_a_sentence_that_helps(typed, says):
    with pytest.raises(BadAddress) as caught:
        tidy_address(typed)
    assert says in str(caught.value)


def test_an_address_is_shown_short():
    assert shortened("mari@example.com") == "m…@example.com"


@given(
    st.from_regex(r"[a-z0-9_+.-]{1,70}@[a-z0-9.-]{1,70}(\.(com|test|org|example|local|museum))?", fullmatch=True)
    | st.from_regex(addresses.PLAIN, fullmatch=True)
)
def test_the_short_way_for_plain_addresses_comes_to_the_same(typed):
    def outcome(tidy):
        try:
            return tidy(typed.strip(" .,;"))
        except BadAddress:
            return None

    assert outcome(tidy_address) == outcome(addresses._tidied)
