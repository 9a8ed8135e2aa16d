"""`python -m stoppress`."""

from stoppress.service.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
