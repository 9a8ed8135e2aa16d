"""Addresses as readers type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.subscribers import address_validation
from stoppress.subscribers.address_validation import parse_address
from stoppress.subscribers.errors import InvalidAddressError


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
        ("Mårten@Example.com", "Mårten@example.com", "mårten@example.com"),
        ("ma\u030arten@example.com", "mårten@example.com", "mårten@example.com"),
        ("Пошта@Приклад.укр", "Пошта@приклад.укр", "пошта@xn--80aikifvh.xn--j1amh"),
        ("STRAẞE@example.com", "STRAẞE@example.com", "straße@example.com"),
        ("strasse@example.com", "strasse@example.com", "strasse@example.com"),
        ("ΟΔΟΣ@example.com", "ΟΔΟΣ@example.com", "οδοσ@example.com"),
        ("हिन्दी@example.com", "हिन्दी@example.com", "हिन्दी@example.com"),
    ],
)
def test_valid_address_is_normalised(typed, email, key):
    assert (parse_address(typed).email, parse_address(typed).key) == (email, key)


@pytest.mark.parametrize(
    ("typed", "message"),
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
        ("å" * 33 + "@example.com", "before the @ is too long"),
        ("a\u202eb@example.com", "unsafe"),
        ("m\ufffdrten@example.com", "characters of the address are damaged"),
    ],
)
def test_invalid_address_gets_an_explanation(typed, message):
    with pytest.raises(InvalidAddressError) as caught:
        parse_address(typed)
    assert message in str(caught.value)


@given(st.text(min_size=1, max_size=20))
def test_key_is_stable_when_parsed_again(local):
    try:
        key = parse_address(f"{local}@example.com").key
    except InvalidAddressError:
        return
    assert parse_address(key).key == key and address_validation.fold_case(key) == key


def test_mail_address_is_masked():
    assert mask_mail_address("mari@example.com") == "m…@example.com"


@given(
    st.from_regex(r"[a-z0-9_+.-]{1,70}@[a-z0-9.-]{1,70}(\.(com|test|org|example|local|museum))?", fullmatch=True)
    | st.from_regex(address_validation.PLAIN_ADDRESS_PATTERN, fullmatch=True)
)
def test_fast_path_for_plain_addresses_equals_the_library(typed):
    def outcome(tidy):
        try:
            return tidy(typed.strip(" .,;"))
        except InvalidAddressError:
            return None

    assert outcome(parse_address) == outcome(address_validation._parse_with_library)
