"""The pattern of an address in the text of a bounce, for other regular expressions."""

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u00a1-\uffff]"
"""A character of a local part."""
_AN = r"[A-Za-z0-9_\u00a1-\uffff]"
ADDRESS = rf'(?:{ATEXT}{{1,80}}|"[^"\r\n@<>]{{1,64}}")@{_AN}(?:{_AN}|-|\.(?={_AN})){{0,250}}'
"""An address without brackets."""
