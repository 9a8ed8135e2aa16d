"""Settings: read once, unknown names refused, errors that name the culprit."""

from pathlib import Path

import pytest

from stoppress.service.config import WEBHOOK_KEYS, BadSetting, Config, read_config, secret_key
from stoppress.service.databases import WATCHFUL, database


def test_the_environment_wins_over_the_file(tmp_path):
    file = tmp_path / "stoppress.toml"
    file.write_text(
        'name = "From the file"\npublic_url = "https://file.example"\ntrusted_proxies = ["10.0.0.1", "::1"]\n'
    )
    config = read_config({"STOPPRESS_CONFIG": str(file), "STOPPRESS_NAME": "From the environment"})
    assert (config.name, config.public_url) == ("From the environment", "https://file.example")
    assert config.trusted_proxies == "10.0.0.1,::1"


@pytest.mark.parametrize(
    ("environ", "culprit"),
    [
        ({"STOPPRESS_PUBLIK_URL": "x"}, "publik_url"),
        ({"STOPPRESS_PUBLIC_URL": "halden.example"}, "public_url"),
        ({"STOPPRESS_TIME_ZONE": "Halden"}, "time_zone"),
        ({"STOPPRESS_NAME": "A\nBcc: b@x.example"}, "name"),
        ({"STOPPRESS_CONFIG": "/nowhere/at-all.toml"}, "STOPPRESS_CONFIG"),
        ({"STOPPRESS_PUBLIC_URL": "http://[::1"}, "public_url"),
        ({"STOPPRESS_PUBLIC_URL": "http://news.example:port"}, "public_url"),
        ({"STOPPRESS_DEMO": "0"}, "demo"),
        ({"STOPPRESS_RELAY_LOG": "mail.log"}, "relay_log"),
        ({"STOPPRESS_DEMO": "1", "STOPPRESS_PUBLIC_URL": "https://news.example"}, "demo"),
        ({"STOPPRESS_SMTP_URL": "smtp://relay.example:0"}, "smtp_url"),
        ({"STOPPRESS_MAIL_FROM": "The Courier"}, "mail_from"),
        ({"STOPPRESS_LIST_DOMAIN": "a b"}, "list_domain"),
        ({"STOPPRESS_CANARY_TO": "the desk"}, "canary_to"),
        ({"STOPPRESS_CANARY_EVERY": "4"}, "canary_every"),
        ({"STOPPRESS_CANARY_EVERY": "hourly"}, "canary_every"),
        ({"STOPPRESS_MANDRILL_KEY": "fifteen-letters"}, "mandrill_key: at least 16 characters"),
        ({"STOPPRESS_SENDGRID_KEY": "-----BEGIN PUBLIC KEY-----"}, "sendgrid_key: must be the base64"),
        ({"STOPPRESS_POSTAL_KEY": "not base64, and long"}, "postal_key: must be the base64"),
        ({"STOPPRESS_RESEND_SECRET": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "resend_secret: must be whsec_"),
    ],
)
def test_a_slip_of_the_pen_is_refused_by_name(environ, culprit):
    with pytest.raises(BadSetting, match=culprit):
        read_config(environ)


def test_a_broken_file_is_refused_with_its_name(tmp_path):
    file = tmp_path / "stoppress.toml"
    for content in ("name = ", "surprise = 1\n", "name = {}\n"):
        file.write_text(content)
        with pytest.raises(BadSetting):
            read_config({"STOPPRESS_CONFIG": str(file)})


def test_the_secret_key_is_made_once_for_its_owner_only(tmp_path):
    config = Config(home=str(tmp_path / "home"))
    key = secret_key(config)
    assert len(key) >= 40 and secret_key(config) == key
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret.key"]
    assert secret_key(Config(home=str(tmp_path), secret_key="given")) == "given"


def test_a_home_is_made_for_its_owner_only(tmp_path):
    secret_key(Config(home=str(tmp_path / "home")))
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_settings_can_be_printed_without_their_secrets():
    keys = dict.fromkeys(WEBHOOK_KEYS, "s3cret")
    shown = repr(
        Config(secret_key="s3cret", smtp_url="smtp://u:s3cret@h", database_url="postgresql://u:s3cret@h", **keys)
    )
    assert "s3cret" not in shown


def test_a_database_address_that_cannot_be_read_is_refused_without_its_password():
    for address in ("postgresql://u:s3cret@h:port/x", "postgresql://u:s3cret@[::1/x"):
        with pytest.raises(BadSetting) as refused:
            database(address, Path("/srv"))
        assert "s3cret" not in str(refused.value)


def test_databases_by_address():
    assert database("", Path("/srv/home"))["NAME"] == "/srv/home/stoppress.sqlite3"
    assert database("sqlite:////srv/a%20b.db", Path("/srv"))["NAME"] == "/srv/a b.db"
    assert database("sqlite:///news.db", Path("/srv"))["NAME"] == "news.db"
    found = database("postgresql://ed:p%40ss@db.example:5433/news?sslmode=require", Path("/srv"))
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("ed", "p@ss", "db.example", "5433")
    assert found["OPTIONS"] == WATCHFUL | {"sslmode": "require"}
    found = database("postgresql://db.example/news?connect_timeout=30", Path("/srv"))
    assert found["OPTIONS"] == WATCHFUL | {"connect_timeout": "30"}
    with pytest.raises(BadSetting, match="mysql"):
        database("mysql://db/x", Path("/srv"))
