"""The compared form of names."""

import pytest

from stoppress.desk.access.name_keys import name_key


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("lena", "lena"),
        (" Lena ", "lena"),
        ("ＬＥＮＡ", "lena"),
        ("ℒena", "lena"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ﬁona", "fiona"),
        ("Σίσυφος", "σίσυφοσ"),
        ("e\u0301va", "\u00e9va"),
        ("\u00c9va", "\u00e9va"),
        ("㎏", "kg"),
        ("", ""),
    ],
)
def test_name_key_is_the_same_for_all_spellings(typed: str, key: str) -> None:
    assert name_key(typed) == key
    assert name_key(key) == key
