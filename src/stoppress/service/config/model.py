"""The settings of an installation as one frozen object: fields, bounds and descriptions.

The descriptions are the one source of the table in docs/settings.md (reference.py).
"""

from datetime import date, timedelta
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from stoppress.delivery.message.headers import with_ascii_domain
from stoppress.service.config.field_types import (
    DOMAIN,
    MAILBOX,
    AbsolutePath,
    Count,
    DatabaseUrl,
    DkimKeys,
    Domain,
    HomeFolder,
    HttpUrl,
    LanguageTags,
    ListenAddresses,
    LocalParts,
    MailAddress,
    Mailbox,
    Networks,
    OneLine,
    PublicKey,
    Relays,
    Resolver,
    SigningKey,
    StandardWebhookSecret,
    TextList,
    TimeZone,
    TopicArns,
    WebhookSecret,
)
from stoppress.service.config.messages import fault_lines
from stoppress.service.config.sources import PREFIX, TomlSource, unknown_variables
from stoppress.service.config_errors import SettingsError

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
LOOPBACK_NETWORKS = (ip_network("127.0.0.1"), ip_network("::1"))
MAX_READERS = 999_999_999


class Config(BaseSettings):
    """Every setting of an installation. Its repr shows no secret; fields with `repr=False` hold one."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True
    )

    home: HomeFolder = Field(
        Path("~/.local/share/stoppress"),
        description="folder of the embedded database, pictures, keys and kept mail. If it was restored from a backup "
        "or moved, or its files got another owner, it counts as an older state at the next start. All readers then "
        "load their page again, once",
    )
    public_url: HttpUrl = Field(
        "http://localhost:8000", description="address that readers use; in links, mail and structured data"
    )
    name: OneLine = Field("Stop Press", description="the newsroom's name, on pages and in mail")
    logo_file: HomeFolder | None = Field(None, description="a picture file to show in place of the name")
    mail_from: OneLine = Field(
        "",
        description="From of all mail: `The Halden Courier <alerts@halden.example>`. Without it `alerts@` the list "
        "domain",
    )
    list_domain: Domain | None = Field(
        None,
        description="domain of List-Id, Message-ID and return addresses. Without it the host of the public address",
    )
    postal_address: str = Field("", description="the newsroom's postal address, shown at the foot of pages and mail")
    corrections_contact: OneLine = Field("", description="where readers report an error")
    smtp_url: Relays = Field(
        (),
        repr=False,
        description="the relay, see below; without it mail is kept at `/desk/inbox` and not sent",
    )
    relay_log_file: AbsolutePath | None = Field(
        None,
        description="the relay's log if it is on this machine, such as `/var/log/mail.log`: editors may compare "
        "uncertain deliveries with it",
    )
    dkim_keys: DkimKeys = Field((), description="keys that sign mail, see below; without them the relay signs")
    languages: LanguageTags = Field(
        (),
        description="languages that readers may choose for their mail, comma-separated tags, the newsroom's own first: "
        "`en,cy`",
    )
    resolver: Resolver = Field(
        "",
        description="name server (`127.0.0.1:53`) that checks the mail domain of each new address; `off` "
        "skips the check. Without it the system's own",
    )
    database_url: DatabaseUrl = Field(
        SecretStr(""),
        repr=False,
        validation_alias=AliasChoices("database_url", "stoppress_database_url"),
        description="`postgresql://user:password@host/name` or `sqlite:////path`; each web process of `--workers` may "
        "hold 50 connections to PostgreSQL, and rarely holds ten. Without it SQLite in the home folder",
    )
    secret_key: SigningKey = Field(
        SecretStr(""),
        repr=False,
        description="signs log-ins and the links in mail: at least 32 characters, 8 of them different. Without it a "
        "key is created at the first start, as `secret.key` in the home folder",
    )
    session_idle_minutes: Count = Field(
        720,
        ge=5,
        le=20160,
        description="minutes without activity after which a person at the desk is logged out; their text stays in "
        "the browser",
    )
    allowed_hosts: TextList = Field(
        (), description="host names beside localhost and the host of the public address, comma-separated"
    )
    trusted_proxies: Networks = Field(
        LOOPBACK_NETWORKS,
        description="addresses or networks of proxies whose X-Forwarded-For is trusted, comma-separated",
    )
    trusted_hops: Count = Field(
        1,
        ge=1,
        le=10,
        description="number of trusted proxies in front of the server, one behind the other, such as a CDN and nginx: "
        "the client's address is that many from the end of X-Forwarded-For",
    )
    max_streams_per_client: Count = Field(
        1000,
        ge=0,
        le=MAX_READERS,
        description="open pages that one client address (IPv6: a /64 network) may have with a stream in each web "
        "process; further pages poll. Offices and mobile networks share an address. 0 is no limit",
    )
    metrics_networks: Networks = Field(
        LOOPBACK_NETWORKS,
        description="addresses or networks that may read `/metrics`, comma-separated; behind a trusted proxy, the "
        "address in X-Forwarded-For; no address if the proxy sends other headers only",
    )
    time_zone: TimeZone = Field(
        "Europe/London",
        description="IANA zone of new live blogs, of imported pages, and of digests to subscribers without a zone",
    )
    canary_address: MailAddress | None = Field(
        None,
        description="an address of your own that gets a test message, the canary, on a schedule "
        "([monitoring](operate/watch.md))",
    )
    canary_interval_seconds: Count = Field(3600, ge=300, le=86400, description="seconds between two canaries")
    approval_threshold: Count | None = Field(
        None,
        ge=0,
        le=MAX_READERS,
        description="an alert to more subscribers than this needs the approval of a second editor. "
        "Without it no alert does",
    )
    undo_seconds: Count = Field(
        0,
        ge=0,
        le=600,
        description="seconds in which Send can be undone before any message leaves; editors may choose another time "
        "for each alert",
    )
    warm_up_since: date | None = Field(
        None,
        description="first day, as `2026-12-01`, on which mail leaves from a new sending domain or address: daily "
        "budgets per receiving provider then grow for a fortnight ([mail](operate/mail.md)). Without it there are none",
    )
    bounce_listen_addresses: ListenAddresses = Field(
        (),
        description="addresses to listen on for bounces, comma-separated: `smtp://0.0.0.0:2525`, "
        "`lmtp:///run/stoppress/bounces.sock?mode=660`, `lmtp://127.0.0.1:2424`; for STARTTLS `?cert=FILE&key=FILE` "
        "([bounces](operate/bounces.md))",
    )
    feedback_mailboxes: LocalParts = Field(
        (),
        description="mailboxes at the list domain that accept feedback reports, comma-separated, without the domain: "
        "`fbl,abuse`",
    )
    imap_url: Mailbox = Field(
        None,
        repr=False,
        description="a mailbox that bounces are delivered to, `imaps://user:password@host/INBOX?then=seen`; or "
        "`then=delete`, `then=move:FOLDER`, `verify=no`",
    )
    ses_topics: TopicArns = Field(
        (),
        description="ARNs of the Amazon SNS topics that report bounces, comma-separated; opens `/hooks/ses`",
    )
    brevo_secret: WebhookSecret | None = Field(
        None,
        repr=False,
        description="a password of 16 characters or more in the webhook's address, for Brevo; opens `/hooks/brevo`",
    )
    mailgun_key: WebhookSecret | None = Field(
        None,
        repr=False,
        description="Mailgun's key for signing webhooks, 16 characters or more; opens `/hooks/mailgun`",
    )
    mailjet_secret: WebhookSecret | None = Field(
        None,
        repr=False,
        description="a password of 16 characters or more in the webhook's address, for Mailjet; opens `/hooks/mailjet`",
    )
    mailtrap_secret: WebhookSecret | None = Field(
        None,
        repr=False,
        description="Mailtrap's signature secret of the webhook; opens `/hooks/mailtrap`",
    )
    mandrill_key: WebhookSecret | None = Field(
        None,
        repr=False,
        description="Mandrill's key of the webhook; opens `/hooks/mandrill`",
    )
    postal_key: PublicKey | None = Field(
        None,
        repr=False,
        description="the public key with which your Postal server signs webhooks, in base64 without the "
        "BEGIN and END lines; opens `/hooks/postal`",
    )
    postmark_secret: WebhookSecret | None = Field(
        None,
        repr=False,
        description="a password of 16 characters or more in the webhook's address, for Postmark; "
        "opens `/hooks/postmark`",
    )
    resend_secret: StandardWebhookSecret | None = Field(
        None,
        repr=False,
        description="Resend's signing secret of the webhook, `whsec_…`; opens `/hooks/resend`",
    )
    sendgrid_key: PublicKey | None = Field(
        None,
        repr=False,
        description="SendGrid's verification key of the signed event webhook, in base64; opens `/hooks/sendgrid`",
    )
    sparkpost_secret: WebhookSecret | None = Field(
        None,
        repr=False,
        description="a password of 16 characters or more in the webhook's address, for SparkPost; "
        "opens `/hooks/sparkpost`",
    )
    demo: bool = Field(
        False,
        description="set by `stoppress demo`: opens the inbox to every browser on this machine. Not for a real "
        "installation",
    )

    def webhook_secret(self, name: str) -> str:
        """Return the key or password of one mail service's webhook; empty if it is not set."""
        secret: SecretStr | None = getattr(self, name)
        return secret.get_secret_value() if secret else ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, the strongest first: arguments (in tests), the environment, the file."""
        return init_settings, env_settings, TomlSource(settings_cls)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Remove empty texts: an empty variable selects the default, also over the file."""
        return {name: value for name, value in values.items() if value != ""}

    @model_validator(mode="after")
    def _check_mail_names(self) -> "Config":
        """Check the addresses that are derived from several fields."""
        if not DOMAIN.fullmatch(self.list_id_domain):
            raise ValueError(f"list_domain must be a domain such as alerts.example.org, got {self.list_id_domain!r}")
        address = parseaddr(self.sender)[1]
        try:
            is_valid = MAILBOX.fullmatch(address) and with_ascii_domain(address).isascii()
        except ValueError:
            is_valid = False
        if not is_valid:
            raise ValueError(f"mail_from must be an address such as News <alerts@example.org>, got {self.sender!r}")
        if self.demo and self.host not in LOOPBACK_HOSTS:
            raise ValueError(f"demo must be off unless public_url is on this machine, got {self.public_url!r}")
        return self

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
    def canary_interval(self) -> timedelta:
        """The time between two canaries."""
        return timedelta(seconds=self.canary_interval_seconds)

    @property
    def hosts(self) -> list[str]:
        """Host names this installation answers to."""
        return [*self.allowed_hosts, self.host, "localhost", "127.0.0.1", "[::1]"]


def read_config() -> Config:
    """Read the settings from the environment and `stoppress.toml`.

    Raises:
        BadSetting: one line for each fault, with name, value (unless it is secret) and what is allowed.
    """
    unknown = unknown_variables(Config)
    try:
        config = Config.model_validate({})
    except ValidationError as error:
        raise SettingsError("\n".join([*unknown, *fault_lines(error, Config)])) from None
    if unknown:
        raise SettingsError("\n".join(unknown))
    return config
