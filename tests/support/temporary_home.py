"""The tests' own installation, chosen before Django reads its settings: loaded as a plugin by pyproject.toml."""

import os
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="stoppress-tests-"))
(HOME / "secret.key").write_text("a-signing-key-of-the-tests-which-is-long-enough-to-be-accepted")

for name in [name for name in os.environ if name.startswith("STOPPRESS_")]:
    del os.environ[name]

os.environ.update(
    STOPPRESS_HOME=str(HOME),
    STOPPRESS_CONFIG=os.devnull,
    STOPPRESS_PUBLIC_URL="http://news.test",
    STOPPRESS_NAME="The Halden Courier",
    STOPPRESS_MAIL_FROM="The Halden Courier <alerts@halden.test>",
    STOPPRESS_LIST_DOMAIN="halden.test",
    STOPPRESS_POSTAL_ADDRESS="1 Quay Street, Port Halden",
    STOPPRESS_CORRECTIONS_CONTACT="corrections@halden.test",
    STOPPRESS_RESOLVER="off",
    DJANGO_ALLOW_ASYNC_UNSAFE="1",  # Playwright's own loop runs in the thread that also queries the database
)
