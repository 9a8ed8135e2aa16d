"""A mailer as a process of its own on the test database."""

PROGRAM = "import django; django.setup(); from stoppress.delivery.sender import main; raise SystemExit(main())"
