"""What people type into the one field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.subscribers.address_validation import parse_address
from stoppress.subscribers import address_validation
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
def test_good_addresses_are_tidied(typed, email, key):
    assert (parse_address(typed).email, parse_address(typed).key) == (email, key)


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
        ("å" * 33 + "@example.com", "before the @ is too long"),
        ("a\u202eb@example.com", "unsafe"),
        ("m\ufffdrten@example.com", "letters were lost"),
    ],
)
def test_bad_ones_get_a_sentence_that_helps(typed, says):
    with pytest.raises(InvalidAddressError) as caught:
        parse_address(typed)
    assert says in str(caught.value)


@given(st.text(min_size=1, max_size=20))
def test_a_key_does_not_change_when_it_is_made_again(local):
    try:
        key = parse_address(f"{local}@example.com").key
    except InvalidAddressError:
        return
    assert parse_address(key).key == key and address_validation.fold_case(key) == key


def test_an_address_is_shown_short():
    assert mask_mail_address("mari@example.com") == "m…@example.com"


@given(
    st.from_regex(r"[a-z0-9_+.-]{1,70}@[a-z0-9.-]{1,70}(\.(com|test|org|example|local|museum))?", fullmatch=True)
    | st.from_regex(address_validation.PLAIN_ADDRESS_PATTERN, fullmatch=True)
)
def test_the_short_way_for_plain_addresses_comes_to_the_same(typed):
    def outcome(tidy):
        try:
            return tidy(typed.strip(" .,;"))
        except InvalidAddressError:
            return None

    assert outcome(parse_address) == outcome(address_validation._parse_with_library)
