"""Django's settings, made from an installation's own (config.py). Nothing here is meant to be edited by operators."""

from pathlib import Path

from csp.constants import NONE, SELF

from stoppress.coverage.localisation.languages import TRANSLATED_LANGUAGES
from stoppress.coverage.newsroom import Newsroom
from stoppress.service.config.model import read_config
from stoppress.service.config.secret_key import secret_key
from stoppress.service.database.database_url import parse_database_url

CONFIG = read_config()
HOME = CONFIG.home
DEMO = CONFIG.demo

NEWSROOM = Newsroom(
    name=CONFIG.name,
    public_url=CONFIG.public_url,
    mail_from=CONFIG.sender,
    list_domain=CONFIG.list_id_domain,
    postal_address=CONFIG.postal_address,
    corrections_contact=CONFIG.corrections_contact,
    logo=str(CONFIG.logo_file or ""),
)

SECRET_KEY = secret_key(CONFIG)
DEBUG = False
ALLOWED_HOSTS = CONFIG.hosts
ROOT_URLCONF = "stoppress.service.urls"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [(tag, tag) for tag in TRANSLATED_LANGUAGES]
LOCALE_PATHS = [str(Path(__file__).parents[1] / "locale")]
FORMAT_MODULE_PATH = "stoppress.service.formats"
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": parse_database_url(CONFIG.database_url.get_secret_value(), HOME)}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "stoppress",
        "OPTIONS": {"MAX_ENTRIES": 200_000},  # with Django's 300, some invented names would reset every rate limit
    }
}

INSTALLED_APPS = [
    "stoppress.runtime",
    "stoppress.coverage",
    "stoppress.importing",
    "stoppress.syndication",
    "stoppress.subscribers",
    "stoppress.delivery",
    "stoppress.signup",
    "stoppress.inbound",
    "stoppress.alerts",
    "stoppress.edge",
    "stoppress.desk",
    "stoppress.service",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django_prose_editor",
    "js_asset",
    "ninja",
    "csp",
]

MIDDLEWARE = [
    "stoppress.edge.http.transport_security.TransportSecurityMiddleware",
    "stoppress.service.middleware.ApiProblemMiddleware",
    "stoppress.service.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "stoppress.service.middleware.DeskOpenerPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "stoppress.service.middleware.ChangedDatabaseMiddleware",
    "stoppress.service.middleware.DeskSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "stoppress.service.middleware.DeskCsrfMiddleware",
    "stoppress.service.middleware.DeskAuthenticationMiddleware",
    "stoppress.service.middleware.DeskMessageMiddleware",
    "stoppress.desk.access.idle_timeout.IdleTimeoutMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # keeps the request for the desk's log-in; reads no cookie
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
                "stoppress.service.template_context.newsroom_facts",
            ],
        },
    }
]

STATIC_URL = "/static/"
COMMON_STYLES = ("coverage/fonts.css", "coverage/tokens.css", "coverage/base.css", "coverage/forms.css")
ASSET_BUNDLES = {
    "page.css": (
        *COMMON_STYLES,
        *(f"coverage/{name}.css" for name in ("masthead", "footer", "post", "labels", "note", "tombstone", "picture")),
        *(f"edge/{name}.css" for name in ("page", "standfirst", "status-bar", "reading-order", "key-events")),
        *(f"edge/{name}.css" for name in ("pager", "keys", "home", "embed")),
        "signup/signup.css",
        "edge/print.css",
    ),
    "desk.css": (*COMMON_STYLES, *(f"desk/{name}.css" for name in ("bar", "page", "messages"))),
    "live.js": ("edge/live.js",),
    "lite.css": ("edge/lite.css",),
    "lite.js": ("edge/lite.js",),
}
"""The files that pages load, joined at start-up from these parts, in this order (coverage/assets)."""
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"/coverage/fonts/[a-z-]+\.woff2$"
"""A rebuilt typeface gets a new name."""
WHITENOISE_ALLOW_ALL_ORIGINS = True
"""A sandboxed frame requests the page's modules from origin `null`; they are public."""
MEDIA_URL = "/media/"
MEDIA_ROOT = str(HOME / "media")
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
"""As much as body_limit.py allows: with less, the API would fail for a body that passed that limit."""
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
AUTHENTICATION_BACKENDS = ["stoppress.desk.access.log_in_backend.NameKeyBackend"]
SESSION_IDLE_MINUTES = CONFIG.session_idle_minutes
CSRF_FAILURE_VIEW = "stoppress.desk.views.log_in.csrf_failure"
CSRF_TRUSTED_ORIGINS = [NEWSROOM.public_url.rstrip("/")]
ACCOUNT_ADAPTER = "stoppress.desk.access.account_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False  # access/log_in_limits.py: shared by all processes, and counted by the compared name
ACCOUNT_FORMS = {"login": "stoppress.desk.forms.log_in_forms.NameLogInForm"}
MFA_ADAPTER = "stoppress.desk.access.account_adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # people of the desk have no mail address here
MFA_TOTP_ISSUER = NEWSROOM.name
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "stoppress.desk.forms.log_in_forms.LimitedAuthenticateForm",
    "reauthenticate": "stoppress.desk.forms.log_in_forms.LimitedReauthenticateForm",
    "activate_totp": "stoppress.desk.forms.log_in_forms.LimitedActivateForm",
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SECURE_HSTS_SECONDS = 31_536_000 if NEWSROOM.public_url.startswith("https:") else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
"""Only the desk has one (DeskOpenerPolicyMiddleware): with it, no page opens in a tab of a sandboxed frame."""
X_FRAME_OPTIONS = "DENY"
OWN_ORIGINS = [SELF, NEWSROOM.origin]
"""WebKit takes 'self' for the origin of the document, which a sandboxed frame does not have: so it is named, too."""
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": OWN_ORIGINS,
        "style-src": OWN_ORIGINS,
        "img-src": OWN_ORIGINS,
        "font-src": OWN_ORIGINS,
        "connect-src": OWN_ORIGINS,
        "form-action": OWN_ORIGINS,
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

RELAYS = CONFIG.smtp_url
RELAY_LOG_FILE = CONFIG.relay_log_file
DKIM_KEYS = CONFIG.dkim_keys
KEPT_MAIL = HOME / "mail"
"""Where mail is kept when no relay is named, and what the demo's own SMTP server writes to."""
APPROVAL_THRESHOLD = CONFIG.approval_threshold
WARM_UP_SINCE = CONFIG.warm_up_since
UNDO_SECONDS = CONFIG.undo_seconds
DEFAULT_ZONE = CONFIG.time_zone
CANARY_ADDRESS: str = CONFIG.canary_address or ""
CANARY_INTERVAL = CONFIG.canary_interval
READERS_LANGUAGES = list(CONFIG.languages)
RESOLVER = CONFIG.resolver
BOUNCE_LISTEN_ADDRESSES = CONFIG.bounce_listen_addresses
FEEDBACK_MAILBOXES = list(CONFIG.feedback_mailboxes)
BOUNCE_MAILBOX = CONFIG.imap_url
SES_TOPICS = list(CONFIG.ses_topics)
BREVO_SECRET = CONFIG.webhook_secret("brevo_secret")
MAILGUN_KEY = CONFIG.webhook_secret("mailgun_key")
MAILJET_SECRET = CONFIG.webhook_secret("mailjet_secret")
MAILTRAP_SECRET = CONFIG.webhook_secret("mailtrap_secret")
MANDRILL_KEY = CONFIG.webhook_secret("mandrill_key")
POSTAL_KEY = CONFIG.webhook_secret("postal_key")
POSTMARK_SECRET = CONFIG.webhook_secret("postmark_secret")
RESEND_SECRET = CONFIG.webhook_secret("resend_secret")
SENDGRID_KEY = CONFIG.webhook_secret("sendgrid_key")
SPARKPOST_SECRET = CONFIG.webhook_secret("sparkpost_secret")
METRICS_NETWORKS = CONFIG.metrics_networks
TRUSTED_PROXIES = CONFIG.trusted_proxies
TRUSTED_HOPS = CONFIG.trusted_hops
MAX_STREAMS_PER_CLIENT = CONFIG.max_streams_per_client

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "stoppress.service.log_format.RedactingFilter"},
        "disallowed_host": {"()": "stoppress.edge.http.host_check.DisallowedHostFilter"},
        "storage_fault": {"()": "stoppress.service.log_format.StorageFaultFilter"},
    },
    "formatters": {"line": {"()": "stoppress.service.log_format.LineFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["storage_fault", "redact"]}
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "propagate": False},
        "django.security.DisallowedHost": {"filters": ["disallowed_host"]},
    },
}
