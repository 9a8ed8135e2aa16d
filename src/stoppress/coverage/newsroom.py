"""Who publishes: the newsroom's own facts, used on pages, in mail and in feeds."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings


@dataclass(frozen=True)
class Newsroom:
    """What a newsroom says about itself; read once at start."""

    name: str
    public_url: str
    mail_from: str
    list_domain: str
    postal_address: str = ""
    corrections_contact: str = ""
    logo: str = ""

    def absolute_url(self, path: str) -> str:
        """The public address of `path` (which begins with a slash); never taken from a request."""
        return self.public_url.rstrip("/") + path

    @property
    def mail_logo(self) -> str:
        """The public address of the logo for mail; none for a drawing (SVG), which mail programs do not show."""
        return self.absolute_url("/newsroom/logo") if self.logo and not self.logo.lower().endswith(".svg") else ""

    @property
    def host(self) -> str:
        """The host part of the public address."""
        return urlsplit(self.public_url).hostname or "localhost"


def newsroom() -> Newsroom:
    """The newsroom this process serves."""
    return settings.NEWSROOM
