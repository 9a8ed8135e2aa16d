"""Django's settings, made from an installation's own (config.py). Nothing here is meant to be edited by operators."""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from stoppress.coverage.languages import TRANSLATED
from stoppress.coverage.newsroom import Newsroom
from stoppress.service.config import read_config, secret_key
from stoppress.service.databases import database

CONFIG = read_config(os.environ)
HOME = CONFIG.home_folder
DEMO = bool(CONFIG.demo)

NEWSROOM = Newsroom(
    name=CONFIG.name,
    public_url=CONFIG.public_url,
    mail_from=CONFIG.sender,
    list_domain=CONFIG.list_id_domain,
    postal_address=CONFIG.postal_address,
    corrections_contact=CONFIG.corrections_contact,
    logo=CONFIG.logo,
)

SECRET_KEY = secret_key(CONFIG)
DEBUG = False
ALLOWED_HOSTS = CONFIG.hosts
ROOT_URLCONF = "stoppress.service.urls"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [(tag, tag) for tag in TRANSLATED]
LOCALE_PATHS = [str(Path(__file__).parents[1] / "locale")]
FORMAT_MODULE_PATH = "stoppress.service.formats"
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database(CONFIG.database_url, HOME)}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "stoppress",
        "OPTIONS": {"MAX_ENTRIES": 200_000},  # with Django's 300, some made-up names would release every brake
    }
}

INSTALLED_APPS = [
    "stoppress.coverage",
    "stoppress.wires",
    "stoppress.edge",
    "stoppress.alerts",
    "stoppress.desk",
    "stoppress.service",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_prose_editor",
    "js_asset",
    "ninja",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "stoppress.service.static.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "stoppress.service.middleware.DeskSessions",
    "django.middleware.common.CommonMiddleware",
    "stoppress.service.middleware.DeskFormTokens",
    "stoppress.service.middleware.DeskLogIns",
    "stoppress.service.middleware.DeskMessages",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stoppress.service.context.newsroom_facts",
            ],
        },
    }
]

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = True
"""A frame that its site has sandboxed asks for the page's modules from origin `null`; they are public."""
MEDIA_URL = "/media/"
MEDIA_ROOT = str(HOME / "media")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Cookies belong to the desk alone: a reader's request carries none.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "/desk/log-in"
LOGIN_REDIRECT_URL = "/desk/"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/desk/"
SESSION_COOKIE_NAME = "stoppress_desk"
CSRF_COOKIE_NAME = "stoppress_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = NEWSROOM.public_url.startswith("https:")
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_FAILURE_VIEW = "stoppress.desk.views.log_in.csrf_refused"
CSRF_TRUSTED_ORIGINS = [NEWSROOM.public_url.rstrip("/")]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

SMTP_URL = CONFIG.smtp_url
RELAY_LOG = CONFIG.relay_log
DKIM = CONFIG.dkim
KEPT_MAIL = HOME / "mail"
"""Where mail is kept when no relay is named, and what the demo's own SMTP server writes to."""
APPROVAL_ABOVE = CONFIG.approval_limit
UNDO_SECONDS = int(CONFIG.undo_seconds)
DEFAULT_ZONE = CONFIG.time_zone
CANARY_TO = CONFIG.canary_to
CANARY_EVERY = CONFIG.canary_pause
READERS_LANGUAGES = CONFIG.readers_languages
RESOLVER = CONFIG.resolver
BOUNCES_LISTEN = CONFIG.bounces_listen
BOUNCES_MAILBOXES = CONFIG.report_mailboxes
IMAP_URL = CONFIG.imap_url
SES_TOPICS = CONFIG.notification_topics
MAILGUN_KEY = CONFIG.mailgun_key
POSTMARK_SECRET = CONFIG.postmark_secret
METRICS_FROM = [known.strip() for known in CONFIG.metrics_from.split(",") if known.strip()]
TRUSTED_PROXIES = [proxy.strip() for proxy in CONFIG.trusted_proxies.split(",") if proxy.strip()]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "stoppress.service.logs.Redact"},
        "foreign_host": {"()": "stoppress.edge.hosts.ForeignHost"},
        "database_away": {"()": "stoppress.service.logs.DatabaseAway"},
    },
    "formatters": {"line": {"()": "stoppress.service.logs.Line"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "propagate": False},
        "django.security.DisallowedHost": {"filters": ["foreign_host"]},
        "django.request": {"filters": ["database_away"]},
    },
}
