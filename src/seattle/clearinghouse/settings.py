"""Django's settings, made of the site's own (`config.SiteSettings`), so that there is one place to set anything."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import csp.constants
import dj_database_url
import dj_email_url

from seattle.clearinghouse.config import PREFIX, BadSiteSettings, SiteSettings, load_site_settings

SITE: Final[SiteSettings] = load_site_settings()
_HERE: Final = Path(__file__).parent
_DATABASE_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    # Each request has a thread of its own, so connections are kept in a pool, and not by thread. 5 seconds bridge a
    # restart of the database, as the pool tries it at 0, 1 and 3 seconds; by then people have tried again, and each who
    # waits holds a thread. Where the database is there, and busy, a request waits as long again.
    "seattle.clearinghouse.postgresql": {
        "pool": {"min_size": 0, "max_size": SITE.database_connections, "timeout": 5},
        "connect_timeout": 4,  # less than that: a host that is silent has failed when the pool is asked why
    },
    # Writers queue up at the start of a transaction: one that reads first could not be continued after another's.
    "django.db.backends.sqlite3": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}
_SESSION: Final = timedelta(days=14)


def _secret_key() -> str:
    """The one given, or the one that is kept; one for this process alone before there is any."""
    if SITE.secret_key:
        return SITE.secret_key
    try:
        return SITE.secret_key_file.read_text(encoding="ascii")
    except (FileNotFoundError, PermissionError):  # it is none of the worker's business; `start` asks for it to serve
        return secrets.token_urlsafe(48)


def _database() -> dict[str, Any]:
    if SITE.database_url:
        try:
            database: dict[str, Any] = dict(dj_database_url.parse(SITE.database_url))
        except ValueError:
            database = {"ENGINE": ""}
    else:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": SITE.data / "clearinghouse.sqlite"}
    if database["ENGINE"] == "django.db.backends.postgresql":
        database["ENGINE"] = "seattle.clearinghouse.postgresql"
    options = _DATABASE_OPTIONS.get(database["ENGINE"])
    if options is None:  # the URL has a password: it is not shown
        raise BadSiteSettings(
            f"{PREFIX}DATABASE_URL can't be used: expected postgresql://USER:PASSWORD@HOST:PORT/NAME or sqlite:///PATH"
        )
    return {**database, "OPTIONS": {**options, **database.get("OPTIONS", {})}}


def _mail() -> dict[str, Any]:
    try:
        mail = dict(dj_email_url.parse(SITE.email_url))
    except ValueError:
        mail = {}
    if "EMAIL_BACKEND" not in mail:
        raise BadSiteSettings(f"{PREFIX}EMAIL_URL can't be used: expected submission://USER:PASSWORD@HOST:587/")
    return mail


SECRET_KEY = _secret_key()
DEBUG = SITE.debug
ALLOWED_HOSTS = [SITE.host, *SITE.hosts]
CSRF_TRUSTED_ORIGINS = [SITE.origin]
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    # In the database, since all processes must count the same tries to sign in. Its table: `accounts.CachedValue`.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cached_value",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

INSTALLED_APPS = [
    "seattle.clearinghouse.accounts",
    "seattle.clearinghouse.fleet",
    "seattle.clearinghouse.builds",
    "seattle.clearinghouse.credits",
    "seattle.clearinghouse.leases",
    "seattle.clearinghouse.journal",
    "seattle.clearinghouse.desk",
    "seattle.clearinghouse.statistics",
    "seattle.clearinghouse.api",
    "seattle.clearinghouse.xmlrpc",
    "seattle.clearinghouse.site",
    "seattle.clearinghouse.desk.admin_app.OperatorsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, some of which are ours
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    *(f"allauth.socialaccount.providers.{provider}" for provider in SITE.oauth),
]
MIDDLEWARE = [
    "seattle.clearinghouse.health.HealthPages",
    "seattle.clearinghouse.middleware.SecurityHeaders",
    "seattle.clearinghouse.middleware.NoNul",
    "django.middleware.security.SecurityMiddleware",
    "seattle.clearinghouse.async_middleware.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "seattle.clearinghouse.async_middleware.TrackedSessions",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
ROOT_URLCONF = "seattle.clearinghouse.urls"
ASGI_APPLICATION = "seattle.clearinghouse.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "site" / "templates"],  # before those of the libraries, whose pages we dress
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "seattle.clearinghouse.site.context.testbed",
            ]
        },
    }
]

# People.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if SITE.confirm_email else "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE.name}] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE.over_https else "http"
ACCOUNT_ADAPTER = "seattle.clearinghouse.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "seattle.clearinghouse.accounts.forms.SignIn",
    "signup": "seattle.clearinghouse.accounts.forms.Registration",
}
ACCOUNT_USERNAME_BLACKLIST = ["admin", "administrator", "nobody", "operator", "root", "seattle", "support"]
ACCOUNT_CHANGE_EMAIL = True  # one address, replaced when the new one is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of changes of password, address and second factor
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before an address, a second factor or a key is changed
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # seconds
ACCOUNT_RATE_LIMITS = {  # all else as allauth has it
    "signup": "60/h/ip",  # a class behind one address
    "reset_password": "30/h/ip,5/h/key",  # each is a mail to somebody who may not want it
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE.name
MFA_TOTP_TOLERANCE = 1  # steps of 30 s: the clocks of phones differ
SOCIALACCOUNT_ADAPTER = "seattle.clearinghouse.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_FORMS = {"signup": "seattle.clearinghouse.accounts.forms.SocialRegistration"}
SOCIALACCOUNT_AUTO_SIGNUP = False  # we ask for a name and an affiliation
SOCIALACCOUNT_PROVIDERS = {provider: {"APPS": [app]} for provider, app in SITE.oauth.items()}

# Sessions, and what a browser may do with our pages.
SESSION_COOKIE_AGE = int(_SESSION.total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE.over_https
# With this prefix browsers take them from this very host alone: another of the same domain, or whoever is on the line
# where it speaks plain HTTP, could have somebody work in a session that is not theirs.
_COOKIES: Final = "__Host-" if SITE.over_https else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_COOKIES}sessionid", f"{_COOKIES}csrftoken"
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SITE.over_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # which are not ours to speak for
SECURE_SSL_REDIRECT = SITE.over_https
SECURE_PROXY_SSL_HEADER = None  # `proxies.py` knows who may say so
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CSRF_FAILURE_VIEW = "seattle.clearinghouse.site.pages.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [csp.constants.NONE],
        "script-src": [csp.constants.SELF],
        "style-src": [csp.constants.SELF],
        "img-src": [csp.constants.SELF, "data:"],
        "font-src": [csp.constants.SELF],
        "connect-src": [csp.constants.SELF],
        # Whoever signs in elsewhere is sent there in answer to a form.
        "form-action": [csp.constants.SELF, *(["https:"] if SITE.oauth else [])],
        "base-uri": [csp.constants.NONE],
        "frame-ancestors": [csp.constants.NONE],
    }
}

# Files, mail, language.
STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # straight from the packages: nothing to collect first
_MAIL = _mail()
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _MAIL.get("EMAIL_HOST", ""), _MAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.get("EMAIL_HOST_USER", ""), _MAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.get("EMAIL_USE_TLS", False), _MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = SITE.email_from
LOGGING_CONFIG = None  # `logs.py` does it, in processes that are ours
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # bytes: the largest that anybody sends is a key or a list of vessels
