"""`stoppress`, and `python -m stoppress`."""

from stoppress.service import interrupts
from stoppress.service.cli import main


def program() -> int:
    """Run what the command line says; the exit code."""
    interrupts.listen()
    return main()


if __name__ == "__main__":
    raise SystemExit(program())
