"""The program of a mailer process on the test database."""

MAILER_PROGRAM = "import django; django.setup(); from stoppress.delivery.sender import main; raise SystemExit(main())"
