"""Settings: typed, read once, unknown names refused, one line for each fault, no secret shown."""

import os
import subprocess
import sys
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from stoppress.inbound.receive.listen_addresses import ListenAddress
from stoppress.inbound.receive.mailbox_url import MailboxUrl
from stoppress.service.config.model import Config, read_config
from stoppress.service.config.secret_key import secret_key
from stoppress.service.config_errors import SettingsError
from stoppress.service.database.database_url import KEEPALIVE_OPTIONS, parse_database_url
from stoppress.smtp.relay_url import RelayAddress, Security

LOG_IN = "smtp://desk:s3cret@relay.example"


@pytest.fixture
def configure(monkeypatch, tmp_path):
    """Return a function that reads the settings of an environment, and optionally of a file."""

    def read(environ: dict[str, str] | None = None, file: str | None = None) -> Config:
        for name in [name for name in os.environ if name.startswith("STOPPRESS_") or name == "DATABASE_URL"]:
            monkeypatch.delenv(name)
        if file is not None:
            (tmp_path / "stoppress.toml").write_text(file)
        monkeypatch.chdir(tmp_path)
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        return read_config()

    return read


def faults(configure, environ: dict[str, str] | None = None, file: str | None = None) -> list[str]:
    """Return the lines with which these settings are refused."""
    with pytest.raises(SettingsError) as refused:
        configure(environ, file)
    return str(refused.value).splitlines()


def test_environment_overrides_the_file(tmp_path, configure):
    file = tmp_path / "other.toml"
    file.write_text(
        'name = "From the file"\npublic_url = "https://file.example"\ntrusted_proxies = ["10.0.0.1", "::1"]\n'
    )
    config = configure({"STOPPRESS_CONFIG": str(file), "STOPPRESS_NAME": "From the environment"})
    assert (config.name, config.public_url) == ("From the environment", "https://file.example")
    assert config.trusted_proxies == (ip_network("10.0.0.1/32"), ip_network("::1/128"))


def test_values_are_typed(configure):
    config = configure(
        {
            "STOPPRESS_HOME": "/srv/news",
            "STOPPRESS_SMTP_URL": f"{LOG_IN}, smtps://b.example:4650",
            "STOPPRESS_DKIM_KEYS": "news:/k/a.pem ed:/k/b.pem",
            "STOPPRESS_BOUNCE_LISTEN_ADDRESSES": "smtp://0.0.0.0:2525,lmtp:///run/b.sock",
            "STOPPRESS_FEEDBACK_MAILBOXES": "fbl, abuse",
            "STOPPRESS_IMAP_URL": "imaps://u:s3cret@mail.example/Bounces",
            "STOPPRESS_METRICS_NETWORKS": "10.0.0.0/8",
            "STOPPRESS_CANARY_INTERVAL_SECONDS": "900",
            "STOPPRESS_APPROVAL_THRESHOLD": "0",
            "STOPPRESS_LANGUAGES": "en,pt-BR",
            "STOPPRESS_MAILGUN_KEY": "k" * 16,
            "STOPPRESS_DEMO": "true",
            "DATABASE_URL": "postgresql://ed:s3cret@db.example/news",
        }
    )
    assert config.home == Path("/srv/news")
    assert config.smtp_url == (
        RelayAddress("relay.example", 587, Security.REQUIRED, user="desk", password="s3cret"),
        RelayAddress("b.example", 4650, Security.IMPLICIT),
    )
    assert config.dkim_keys == (("news", Path("/k/a.pem")), ("ed", Path("/k/b.pem")))
    assert config.bounce_listen_addresses == (
        ListenAddress(False, "0.0.0.0", 2525),
        ListenAddress(True, path="/run/b.sock"),
    )
    assert config.feedback_mailboxes == ("fbl", "abuse")
    assert config.imap_url == MailboxUrl("mail.example", 993, "u", "s3cret", "Bounces")
    assert config.metrics_networks == (ip_network("10.0.0.0/8"),)
    assert config.canary_interval == timedelta(minutes=15)
    assert (config.approval_threshold, config.undo_seconds, config.demo) == (0, 0, True)
    assert config.languages == ("en", "pt-BR")
    assert config.mailgun_key.get_secret_value() == "k" * 16 and config.postmark_secret is None
    assert config.database_url.get_secret_value() == "postgresql://ed:s3cret@db.example/news"
    assert "s3cret" not in f"{config!r}{config}" and "kkkk" not in f"{config!r}{config}"


def test_defaults_are_typed_as_well(configure):
    config = configure()
    assert config.trusted_proxies == config.metrics_networks == (ip_network("127.0.0.1/32"), ip_network("::1/128"))
    assert (config.smtp_url, config.dkim_keys, config.languages) == ((), (), ())
    assert (config.logo_file, config.imap_url, config.approval_threshold, config.demo) == (None, None, None, False)
    assert config.home == Path("~/.local/share/stoppress").expanduser()
    assert config.sender == "alerts@localhost.localdomain"


def test_file_may_use_toml_types(configure):
    config = configure(
        file='undo_seconds = 20\ndemo = true\nlanguages = ["en", "cy"]\n'
        'smtp_url = ["smtp://a.example", "smtp://b.example"]\n'
        'dkim_keys = ["a:/a.pem", "b:/b.pem"]\ndatabase_url = "sqlite:////srv/news.db"\n'
    )
    assert (config.undo_seconds, config.demo, config.languages) == (20, True, ("en", "cy"))
    assert [relay.host for relay in config.smtp_url] == ["a.example", "b.example"]
    assert [selector for selector, _ in config.dkim_keys] == ["a", "b"]
    assert config.database_url.get_secret_value() == "sqlite:////srv/news.db"


def test_an_empty_variable_restores_the_default_over_the_file(configure):
    config = configure({"STOPPRESS_SMTP_URL": "", "STOPPRESS_UNDO_SECONDS": ""}, f'smtp_url = "{LOG_IN}"\n')
    assert (config.smtp_url, config.undo_seconds) == ((), 0)


def test_settings_are_frozen(configure):
    with pytest.raises(ValidationError, match="frozen"):
        configure().name = "Other"


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        (
            {"STOPPRESS_PUBLIK_URL": "x"},
            "STOPPRESS_PUBLIK_URL is not a setting; did you mean STOPPRESS_PUBLIC_URL?",
        ),
        ({"STOPPRESS_QQQQ": "x"}, "STOPPRESS_QQQQ is not a setting; see docs/settings.md"),
        (
            {"STOPPRESS_UNDO_SECONDS": "9999"},
            "undo_seconds (STOPPRESS_UNDO_SECONDS) must be a whole number between 0 and 600, got '9999'",
        ),
        (
            {"STOPPRESS_CANARY_INTERVAL_SECONDS": "299"},
            "canary_interval_seconds (STOPPRESS_CANARY_INTERVAL_SECONDS) must be a whole number between 300 and 86400, "
            "got '299'",
        ),
        (
            {"STOPPRESS_CANARY_INTERVAL_SECONDS": "hourly"},
            "canary_interval_seconds (STOPPRESS_CANARY_INTERVAL_SECONDS) must be a whole number between 300 and 86400, "
            "got 'hourly'",
        ),
        ({"STOPPRESS_DEMO": "perhaps"}, "demo (STOPPRESS_DEMO) must be true or false, got 'perhaps'"),
        (
            {"STOPPRESS_TIME_ZONE": "Halden"},
            "time_zone (STOPPRESS_TIME_ZONE) must be an IANA time zone such as Europe/London, got 'Halden'",
        ),
        (
            {"STOPPRESS_METRICS_NETWORKS": "127.0.0.1, 10.0.0.1/8"},
            "metrics_networks (STOPPRESS_METRICS_NETWORKS) must be IP addresses or networks such as 10.0.0.0/8, "
            "without host bits, got '10.0.0.1/8'",
        ),
        ({"STOPPRESS_MAILGUN_KEY": "s3cret"}, "mailgun_key (STOPPRESS_MAILGUN_KEY) must have at least 16 characters"),
        (
            {"DATABASE_URL": "mysql://u:s3cret@h/x"},
            "database_url (DATABASE_URL) must begin with sqlite:/// or postgresql://, got the scheme 'mysql'",
        ),
        (
            {"STOPPRESS_HOME": "~nosuchperson/stoppress"},
            "home (STOPPRESS_HOME) must name a person of this machine after ~, got '~nosuchperson/stoppress'",
        ),
        (
            {"STOPPRESS_DKIM_KEYS": "a:~nosuchperson/a.pem"},
            "dkim_keys (STOPPRESS_DKIM_KEYS): 'a:~nosuchperson/a.pem' names no person of this machine after ~",
        ),
        (
            {"DATABASE_URL": "postgresql://u:s3cret@ü../x"},
            "database_url (DATABASE_URL) must have a host name or address, got 'ü..'",
        ),
        (
            {"DATABASE_URL": "postgresql://u:s3cret@/x?host=" + "h" * 70},
            f"database_url (DATABASE_URL) must have a host name or address, got '{'h' * 63}'",
        ),
        *(
            (
                {"DATABASE_URL": f"sqlite:///{path}"},
                "database_url (DATABASE_URL) must be sqlite:/// and a path, such as sqlite:////srv/stoppress.sqlite3",
            )
            for path in (":memory:", "/srv/a%0Ab.sqlite3", "/srv/%00", "")
        ),
        (
            {"DATABASE_URL": f"sqlite:////srv/{'x' * 256}"},
            "database_url (DATABASE_URL) must be a path whose names have at most 255 bytes",
        ),
        (
            {"DATABASE_URL": "postgresql://u:s3cret%00@h/x"},
            "database_url (DATABASE_URL) must have no NUL character (%00)",
        ),
        (
            {"DATABASE_URL": "postgresql://u:s3cret@h/x#y"},
            "database_url (DATABASE_URL) must have no #; write one in a password as %23",
        ),
        (
            {"STOPPRESS_RESOLVER": "dns.example"},
            "resolver (STOPPRESS_RESOLVER) must be `off` or an IP address with or without a port, such as "
            "127.0.0.1:53, got 'dns.example'",
        ),
        (
            {"STOPPRESS_RELAY_LOG_FILE": "mail.log"},
            "relay_log_file (STOPPRESS_RELAY_LOG_FILE) must be an absolute path such as /var/log/mail.log, "
            "got 'mail.log'",
        ),
    ],
)
def test_fault_is_one_line_with_name_value_and_allowed_values(configure, environ, line):
    assert faults(configure, environ) == [line]


@pytest.mark.parametrize(
    ("environ", "culprit"),
    [
        ({"STOPPRESS_PUBLIC_URL": "halden.example"}, "public_url"),
        ({"STOPPRESS_NAME": "A\nBcc: b@x.example"}, "name"),
        ({"STOPPRESS_CONFIG": "/nowhere/at-all.toml"}, "STOPPRESS_CONFIG"),
        ({"STOPPRESS_CONFIG": "/tmp"}, "STOPPRESS_CONFIG"),
        ({"STOPPRESS_PUBLIC_URL": "http://[::1"}, "public_url"),
        ({"STOPPRESS_PUBLIC_URL": "http://news.example:port"}, "public_url"),
        ({"STOPPRESS_PUBLIC_URL": "https://u:p@news.example"}, "public_url"),
        ({"STOPPRESS_PUBLIC_URL": "http://news desk.example"}, "public_url"),
        ({"STOPPRESS_PUBLIC_URL": "http://news..example"}, "public_url"),
        ({"STOPPRESS_PUBLIC_URL": f"https://{'n' * 64}.example"}, "public_url"),
        ({"STOPPRESS_PUBLIC_URL": "http://news.example\x01"}, "public_url"),
        ({"STOPPRESS_SMTP_URL": "smtps://relay..example"}, "smtp_url"),
        ({"STOPPRESS_SMTP_URL": f"smtp://{'r' * 64}.example"}, "smtp_url"),
        ({"STOPPRESS_LIST_DOMAIN": "news..example"}, "list_domain"),
        ({"STOPPRESS_LIST_DOMAIN": "n." * 140 + "example"}, "list_domain"),
        ({"STOPPRESS_DEMO": "1", "STOPPRESS_PUBLIC_URL": "https://news.example"}, "demo"),
        ({"STOPPRESS_SMTP_URL": "smtp://relay.example:0"}, "smtp_url"),
        ({"STOPPRESS_MAIL_FROM": "The Courier"}, "mail_from"),
        ({"STOPPRESS_LIST_DOMAIN": "a b"}, "list_domain"),
        ({"STOPPRESS_PUBLIC_URL": "http://news_desk.example"}, "list_domain"),
        ({"STOPPRESS_CANARY_ADDRESS": "the desk"}, "canary_address"),
        ({"STOPPRESS_LANGUAGES": "en,english please"}, "languages"),
        ({"STOPPRESS_DKIM_KEYS": "news2026"}, "dkim_keys"),
        ({"STOPPRESS_BOUNCE_LISTEN_ADDRESSES": "smtp://here"}, "bounce_listen_addresses"),
        ({"STOPPRESS_FEEDBACK_MAILBOXES": "Abuse@x.example"}, "feedback_mailboxes"),
        ({"STOPPRESS_IMAP_URL": "pop3://u:p@h"}, "imap_url"),
        ({"STOPPRESS_SES_TOPICS": "bounces"}, "ses_topics"),
        ({"STOPPRESS_APPROVAL_THRESHOLD": "-1"}, "approval_threshold"),
        (
            {"STOPPRESS_MANDRILL_KEY": "fifteen-letters"},
            "mandrill_key (STOPPRESS_MANDRILL_KEY) must have at least 16 characters",
        ),
        (
            {"STOPPRESS_SENDGRID_KEY": "-----BEGIN PUBLIC KEY-----"},
            "sendgrid_key (STOPPRESS_SENDGRID_KEY) must be the base64",
        ),
        ({"STOPPRESS_POSTAL_KEY": "not base64, and long"}, "postal_key (STOPPRESS_POSTAL_KEY) must be the base64"),
        (
            {"STOPPRESS_RESEND_SECRET": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
            "resend_secret (STOPPRESS_RESEND_SECRET) must be whsec_",
        ),
    ],
)
def test_unusable_value_is_refused_with_the_name_of_its_setting(configure, environ, culprit):
    [line] = faults(configure, environ)
    assert line.startswith(culprit)


def test_each_fault_has_a_line(configure):
    lines = faults(
        configure,
        {"STOPPRESS_UNDO_SECONDS": "soon", "STOPPRESS_TIME_ZONE": "Halden", "STOPPRESS_NAMES": "x"},
        "surprise = 1\ncanary_adress = 'a@b.example'\n",
    )
    assert [line.split()[0] for line in lines] == [
        "STOPPRESS_NAMES",
        "time_zone",
        "undo_seconds",
        "surprise",
        "canary_adress",
    ]
    assert lines[0] == "STOPPRESS_NAMES is not a setting; did you mean STOPPRESS_NAME?"
    assert lines[4] == "canary_adress is not a setting; did you mean canary_address? (stoppress.toml)"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STOPPRESS_SMTP_URL", "smtp://desk:s3cret@relay.example:x"),
        ("STOPPRESS_SMTP_URL", "smtp://desk:s3cret@[::1"),
        ("STOPPRESS_SMTP_URL", "smtp://desk:s3cret@relay．example／x"),
        ("STOPPRESS_IMAP_URL", "imaps://desk:s3cret@[::1"),
        ("STOPPRESS_IMAP_URL", "imaps://desk:s3cret@mail．example／x"),
        ("STOPPRESS_IMAP_URL", "imaps://desk:s3cret@"),
        ("STOPPRESS_DATABASE_URL", "postgresql://u:s3cret@h:port/x"),
        ("DATABASE_URL", "postgresql://u:s3cret@[::1/x"),
        ("DATABASE_URL", "postgresql://u:s3cret@h．example／x"),
        ("STOPPRESS_POSTMARK_SECRET", "s3cret"),
    ],
)
def test_secret_is_not_in_a_message_or_its_cause(configure, name, value):
    with pytest.raises(SettingsError) as refused:
        configure({name: value})
    assert name in str(refused.value) and "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__


def test_malformed_file_is_refused_with_its_name(configure):
    for content in ("name = ", "surprise = 1\n", "name = {}\n", "undo_seconds = true\n", "languages = [1]\n"):
        [line] = faults(configure, file=content)
        assert "stoppress.toml" in line
    [line] = faults(configure, file="name = " + "[" * 3000)
    assert line.endswith("stoppress.toml cannot be read: lists or tables are nested too deeply")


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "broken link"])
def test_file_that_is_none_is_refused_and_never_ignored(tmp_path, configure, kind):
    path = tmp_path / "stoppress.toml"
    make = {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "loop": lambda: path.symlink_to(path)}
    make.get(kind, lambda: path.symlink_to("nowhere"))()
    assert faults(configure) == ["stoppress.toml must be a file, but it is a folder, a pipe or a broken link"]
    assert faults(configure, {"STOPPRESS_CONFIG": str(path)}) == [
        f"STOPPRESS_CONFIG must name a file that exists, got '{path}'"
    ]


def test_path_of_the_file_that_is_too_long_is_one_line(configure):
    path = "/" + "x" * 300
    assert faults(configure, {"STOPPRESS_CONFIG": path}) == [
        f"STOPPRESS_CONFIG must name a file that exists, got '{path}'"
    ]


def test_home_with_a_nul_character_is_refused(configure):
    [line] = faults(configure, file=r'home = "/srv/a\u0000b"')
    assert line == r"home (stoppress.toml) must be the path of a folder, got '/srv/a\x00b'"


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        (
            "STOPPRESS_SMTP_URL",
            "smtp://desk:s3cret@relay.example:0",
            "smtp_url (STOPPRESS_SMTP_URL): a relay's port is a number from 1 to 65535",
        ),
        (
            "STOPPRESS_DKIM_KEYS",
            "news:/nowhere/news.pem",
            "dkim_keys: the key /nowhere/news.pem cannot be read: No such file or directory",
        ),
        (
            "STOPPRESS_BOUNCE_LISTEN_ADDRESSES",
            "smtp://127.0.0.1:2525?cert=/nowhere/mail.pem",
            "bounce_listen_addresses: the certificate /nowhere/mail.pem or its key cannot be used: "
            "No such file or directory",
        ),
    ],
)
def test_start_ends_with_one_line_and_exit_code_2_when_a_value_is_unusable(tmp_path, name, value, line):
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("STOPPRESS_", "DATABASE_"))}
    environ |= {"STOPPRESS_HOME": str(tmp_path), name: value}
    command = [sys.executable, "-m", "stoppress", "serve"]
    ran = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", f"stoppress serve: {line}\n")


def test_secret_key_is_created_once_and_readable_by_its_owner_only(tmp_path):
    config = Config(home=str(tmp_path / "home"))
    key = secret_key(config)
    assert len(key) >= 40 and secret_key(config) == key
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret.key"]
    given = "Vq3-x8Zk1mWcTb0YpHs7RjNfLdEuGa29"
    assert secret_key(Config(home=str(tmp_path), secret_key=given)) == given


def test_home_folder_is_created_for_its_owner_only(tmp_path):
    secret_key(Config(home=str(tmp_path / "home")))
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_home_folder_is_refused_when_it_cannot_be_created(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="home must be a folder"):
        secret_key(Config(home=str(tmp_path / "file" / "home")))


@pytest.mark.parametrize(
    "name",
    [
        "BREVO_SECRET",
        "MAILGUN_KEY",
        "MAILJET_SECRET",
        "MAILTRAP_SECRET",
        "MANDRILL_KEY",
        "POSTMARK_SECRET",
        "SPARKPOST_SECRET",
    ],
)
def test_webhook_key_is_not_printed(configure, name):
    config = configure({f"STOPPRESS_{name}": "s3cret-of-a-mail-service"})
    assert config.webhook_secret(name.lower()) == "s3cret-of-a-mail-service"
    assert "s3cret" not in repr(config)


def test_unreadable_database_url_is_refused_without_its_password():
    for address in ("postgresql://u:s3cret@h:port/x", "postgresql://u:s3cret@[::1/x"):
        with pytest.raises(SettingsError) as refused:
            parse_database_url(address, Path("/srv"))
        assert "s3cret" not in str(refused.value)


def test_database_url_selects_engine_and_options():
    assert parse_database_url("", Path("/srv/home"))["NAME"] == "/srv/home/stoppress.sqlite3"
    assert parse_database_url("sqlite:////srv/a%20b.db", Path("/srv"))["NAME"] == "/srv/a b.db"
    assert parse_database_url("sqlite:///news.db", Path("/srv"))["NAME"] == "news.db"
    found = parse_database_url("postgresql://ed:p%40ss@db.example:5433/news?sslmode=require", Path("/srv"))
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("ed", "p@ss", "db.example", "5433")
    assert found["OPTIONS"] == KEEPALIVE_OPTIONS | {"sslmode": "require"}
    found = parse_database_url("postgresql://db.example/news?connect_timeout=30", Path("/srv"))
    assert found["OPTIONS"] == KEEPALIVE_OPTIONS | {"connect_timeout": "30"}
    with pytest.raises(SettingsError, match="mysql"):
        parse_database_url("mysql://db/x", Path("/srv"))
