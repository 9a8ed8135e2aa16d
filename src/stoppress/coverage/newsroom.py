"""The newsroom that publishes: name, addresses and logo, for pages, mail and feeds."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings


@dataclass(frozen=True)
class Newsroom:
    """Settings of the newsroom, read once at start."""

    name: str
    public_url: str
    mail_from: str
    list_domain: str
    postal_address: str = ""
    corrections_contact: str = ""
    logo: str = ""

    def absolute_url(self, path: str) -> str:
        """Return the public URL of `path`, which begins with a slash. It is never derived from a request."""
        return self.public_url.rstrip("/") + path

    @property
    def origin(self) -> str:
        """The origin of the public address, such as `https://news.example`."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def mail_logo(self) -> str:
        """The public URL of the logo for mail; empty for an SVG, which mail programs do not show."""
        return self.absolute_url("/newsroom/logo") if self.logo and not self.logo.lower().endswith(".svg") else ""

    @property
    def host(self) -> str:
        """The host of the public URL."""
        return urlsplit(self.public_url).hostname or "localhost"


def newsroom() -> Newsroom:
    """Return the newsroom of this installation."""
    return settings.NEWSROOM
