"""Arabic with the digits 0 to 9, as newspapers of the Maghreb and most news sites write: CLDR's `ar` in `latn`."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
