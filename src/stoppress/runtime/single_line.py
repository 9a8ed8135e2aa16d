"""Put text that a person typed on one line."""


def to_single_line(text: str) -> str:
    """Return `text` with each run of white space and unprintable characters replaced by one space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
