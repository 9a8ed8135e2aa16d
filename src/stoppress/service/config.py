"""Settings of an installation, read once from `stoppress.toml` and the environment into one frozen object.

The environment wins over the file. A key in the file is the variable's name in lower case without its prefix:
`STOPPRESS_PUBLIC_URL` is `public_url`. Unknown keys and unknown `STOPPRESS_…` variables are refused, so that a slip of
the pen is not a silent default.
"""

import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from stoppress.alerts.domains import resolver_address
from stoppress.alerts.mail.headers import address_on_the_wire
from stoppress.alerts.mail.selectors import named_keys
from stoppress.alerts.receiving.mailbox_address import MailboxAddress
from stoppress.alerts.receiving.places import places
from stoppress.alerts.smtp.relay import parse_relays
from stoppress.runtime.atomic_files import create_atomically

PREFIX = "STOPPRESS_"
MAILBOX = re.compile(r"[^\s<>@]+@[^\s<>@]+")
DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
LONGEST_UNDO = 600
ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}", re.ASCII)
LOCAL_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
NOT_SETTINGS = {"STOPPRESS_CONFIG", "STOPPRESS_PASSWORD"}


class BadSetting(Exception):
    """A setting that cannot be used; the message names it and says what would do."""


@dataclass(frozen=True)
class Config:
    """Every setting of an installation; docs/settings.md tells each one's story. Its repr shows no secret."""

    home: str = "~/.local/share/stoppress"
    public_url: str = "http://localhost:8000"
    name: str = "Stop Press"
    logo: str = ""
    mail_from: str = ""
    list_domain: str = ""
    postal_address: str = ""
    corrections_contact: str = ""
    languages: str = ""
    resolver: str = ""
    smtp_url: str = field(default="", repr=False)
    relay_log: str = ""
    dkim: str = ""
    database_url: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    allowed_hosts: str = ""
    trusted_proxies: str = "127.0.0.1,::1"
    metrics_from: str = "127.0.0.1,::1"
    time_zone: str = "Europe/London"
    canary_to: str = ""
    canary_every: str = "60"
    approval_above: str = ""
    undo_seconds: str = "0"
    bounces_listen: str = ""
    bounces_mailboxes: str = ""
    imap_url: str = field(default="", repr=False)
    ses_topics: str = ""
    mailgun_key: str = field(default="", repr=False)
    postmark_secret: str = field(default="", repr=False)
    demo: str = ""

    @property
    def home_folder(self) -> Path:
        """The folder that holds the embedded database, pictures, keys and kept mail."""
        return Path(self.home).expanduser().absolute()

    @property
    def host(self) -> str:
        """The host name of the public address."""
        return urlsplit(self.public_url).hostname or "localhost"

    @property
    def sender(self) -> str:
        """The From of all mail, `Name <address>` or a bare address."""
        return self.mail_from or f"alerts@{self.list_id_domain}"

    @property
    def list_id_domain(self) -> str:
        """The domain of List-Id and of generated addresses."""
        return self.list_domain or (self.host if "." in self.host else "localhost.localdomain")

    @property
    def canary_pause(self) -> timedelta:
        """The time between two canaries."""
        return timedelta(minutes=int(self.canary_every))

    @property
    def readers_languages(self) -> list[str]:
        """What readers may choose to be written to in, BCP 47, the newsroom's own first."""
        return [known.strip() for known in self.languages.split(",") if known.strip()]

    @property
    def approval_limit(self) -> int | None:
        """To more readers than that an alert leaves only with a second editor's word; None: never asked for."""
        return int(self.approval_above) if self.approval_above else None

    @property
    def report_mailboxes(self) -> list[str]:
        """Mailboxes at the List-Id domain that take feedback reports, without the domain."""
        return _listed(self.bounces_mailboxes)

    @property
    def notification_topics(self) -> list[str]:
        """Amazon's names of the topics that tell of bounces."""
        return _listed(self.ses_topics)

    @property
    def hosts(self) -> list[str]:
        """Host names this installation answers to."""
        given = [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]
        return [*given, self.host, "localhost", "127.0.0.1", "[::1]"]


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def read_config(environ: Mapping[str, str]) -> Config:
    """Read the settings; raises BadSetting with a message that names the culprit."""
    config = Config(**(_from_file(environ) | _from_environment(environ)))
    _check(config)
    return config


def _names() -> set[str]:
    return {field.name for field in fields(Config)}


def _from_file(environ: Mapping[str, str]) -> dict[str, str]:
    path = Path(environ.get("STOPPRESS_CONFIG", "stoppress.toml"))
    if not path.exists():
        if "STOPPRESS_CONFIG" in environ:
            raise BadSetting(f"STOPPRESS_CONFIG names {path}, which is not there")
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSetting(f"{path}: {error}") from error
    _refuse_unknown(found, str(path))
    return {key: _text(key, value) for key, value in found.items()}


def _text(key: str, value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, str | int):
        return str(value)
    raise BadSetting(f"{key}: a text is wanted, not {type(value).__name__}")


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    found = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name not in NOT_SETTINGS
    }
    _refuse_unknown(found, "the environment")
    if environ.get("DATABASE_URL"):
        found["database_url"] = environ["DATABASE_URL"]
    return found


def _refuse_unknown(found: Mapping[str, object], where: str) -> None:
    if unknown := sorted(set(found) - _names()):
        known = ", ".join(sorted(_names()))
        raise BadSetting(f"{where} has no such setting: {', '.join(unknown)}. Known: {known}")


def _check(config: Config) -> None:
    _check_address(config)
    _check_mail(config)
    _check_returns(config)
    try:
        ZoneInfo(config.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadSetting(f"time_zone: {config.time_zone!r} is no IANA time zone such as Europe/London") from error
    if unknown := [tag for tag in config.readers_languages if not LANGUAGE.fullmatch(tag)]:
        raise BadSetting(f"languages: {unknown[0]!r} is no language tag such as en or pt-BR")
    if config.relay_log and not Path(config.relay_log).is_absolute():
        raise BadSetting(f"relay_log: {config.relay_log!r} is no whole path such as /var/log/mail.log")
    if config.approval_above and not _is_count(config.approval_above):
        raise BadSetting(f"approval_above: {config.approval_above!r} is no number of readers")
    if not _is_count(config.undo_seconds) or int(config.undo_seconds) > LONGEST_UNDO:
        raise BadSetting(f"undo_seconds: {config.undo_seconds!r} is no number of seconds from 0 to {LONGEST_UNDO}")
    for name in ("name", "mail_from", "list_domain", "corrections_contact"):
        if any(ord(char) < 32 for char in getattr(config, name)):
            raise BadSetting(f"{name}: one line is wanted")


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _check_address(config: Config) -> None:
    try:
        parts = urlsplit(config.public_url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise BadSetting(f"public_url: {config.public_url!r} is no http(s) address")
    if config.demo not in ("", "1"):
        raise BadSetting("demo: it is 1 in the demo, and not set anywhere else")
    if config.demo and config.host not in ON_THIS_MACHINE:
        raise BadSetting(f"demo: the demo opens its inbox to everybody, so it cannot be shown at {config.public_url}")


def _check_mail(config: Config) -> None:
    """What cannot be used is said at start, not when the first reader signs up."""
    if not DOMAIN.fullmatch(config.list_id_domain):
        raise BadSetting(f"list_domain: {config.list_id_domain!r} is no domain such as alerts.example.org")
    address = parseaddr(config.sender)[1]
    try:
        known = MAILBOX.fullmatch(address) and address_on_the_wire(address).isascii()
    except ValueError:
        known = False
    if not known:
        raise BadSetting(f"mail_from: {config.mail_from!r} is no address such as News <alerts@example.org>")
    if config.canary_to and not (MAILBOX.fullmatch(config.canary_to) and config.canary_to.isascii()):
        raise BadSetting(f"canary_to: {config.canary_to!r} is no address such as canary@example.org")
    if not (config.canary_every.isascii() and config.canary_every.isdigit() and 5 <= int(config.canary_every) <= 1440):
        raise BadSetting(f"canary_every: {config.canary_every!r} is no number of minutes from 5 to 1440")
    try:
        resolver_address(config.resolver) if config.resolver not in ("", "off") else None
    except ValueError as error:
        raise BadSetting(f"resolver: {config.resolver!r} is neither off nor an address such as 127.0.0.1:53") from error
    try:
        parse_relays(config.smtp_url)
    except ValueError as error:
        raise BadSetting(f"smtp_url: {error}") from error
    try:
        named_keys(config.dkim)
    except ValueError as error:
        raise BadSetting(f"dkim: {error}") from error


def _check_returns(config: Config) -> None:
    """What comes back: an address that cannot be listened at or looked into, a key that is none."""
    try:
        places(config.bounces_listen)
    except ValueError as error:
        raise BadSetting(f"bounces_listen: {error}") from error
    try:
        MailboxAddress.parse(config.imap_url) if config.imap_url else None
    except ValueError as error:
        raise BadSetting(f"imap_url: {error}") from error
    if wrong := [name for name in config.report_mailboxes if not LOCAL_PART.fullmatch(name)]:
        raise BadSetting(f"bounces_mailboxes: {wrong[0]!r} is no mailbox such as abuse (small letters, no domain)")
    if wrong := [topic for topic in config.notification_topics if not TOPIC_ARN.fullmatch(topic)]:
        raise BadSetting(f"ses_topics: {wrong[0]!r} is no topic such as arn:aws:sns:eu-west-1:123456789012:bounces")
    for name in ("mailgun_key", "postmark_secret"):
        if 0 < len(getattr(config, name)) < 16:
            raise BadSetting(f"{name}: at least 16 characters are wanted")


def secret_key(config: Config) -> str:
    """The signing key: the one given, or one made on first use and kept in the home folder for its owner only."""
    if config.secret_key:
        return config.secret_key
    path = config.home_folder / "secret.key"
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            create_atomically(path, secrets.token_urlsafe(48).encode())
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise BadSetting(f"home: {config.home_folder} cannot be used: {error.strerror or error}") from error
