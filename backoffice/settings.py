"""The one settings file: what the environment says, and defaults that run from a bare checkout with DEMO=1."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from backoffice import email_url, environment
from backoffice.safety.secret import Secret

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(environment.text("DATA_DIR", str(ROOT / ".data")))
DEMO = environment.switch("DEMO")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1")


def _secret(name: str) -> str:
    """A secret of this house; without DEMO=1 there is no default to start on."""
    value = environment.secret(name, demo=f"demo-{name.lower()}-on-loopback-only-" + "0" * 24, is_demo=DEMO)
    if not DEMO and len(value) < 32:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) is missing or shorter than 32 characters.")
    return value


# Identity of this deployment

SECRET_KEY = _secret("SECRET_KEY")
AUDIT_KEY = Secret(_secret("AUDIT_KEY"))
if Secret(SECRET_KEY) == AUDIT_KEY:
    raise ImproperlyConfigured("SECRET_KEY and AUDIT_KEY are the same; the trail has a key of its own.")
ALLOWED_HOSTS = environment.text("ALLOWED_HOSTS", ",".join(LOOPBACK) if DEMO else "").split(",")
if DEMO and not set(ALLOWED_HOSTS) <= {*LOOPBACK, "testserver"}:
    raise ImproperlyConfigured("DEMO=1 serves loopback only; ALLOWED_HOSTS names another host.")
if not DEMO and not all(host.strip("*. ") for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS names each host; a wildcard or nothing at all is no list.")
DEBUG = False
SERVER_TIME_ZONE = environment.text("SERVER_TIME_ZONE", "Europe/Nicosia")

# The remote MT5 Manager

MANAGER_URL = environment.text("MANAGER_URL", "http://127.0.0.1:9400" if DEMO else "")
MANAGER_ENVIRONMENT = environment.text("MANAGER_ENVIRONMENT", "demo" if DEMO else "")
LANES = ("accounts", "funding", "reporting")
HOUSEKEEPING = "housekeeping"
# A process reads its own key alone; tests and commands, which are no such process, read what they are given.
PROCESS = environment.one_of("PROCESS", ("", "web", *LANES, HOUSEKEEPING, "beat"), "")
# What is sealed and read again, by the web alone; of each list the first key seals, every one of them opens. The seeds of
# second factors have keys of their own, so that those of clients can be exchanged as often as clients are erased.
SEAL_KEYS: list[Secret] = []
CLIENT_KEYS: list[Secret] = []
if PROCESS in ("", "web"):
    SEAL_KEYS = [Secret(key.strip()) for key in _secret("SEAL_KEYS").split(",")]
    CLIENT_KEYS = [Secret(key.strip()) for key in _secret("CLIENT_KEYS").split(",")]
_ours = [SECRET_KEY, *(key.reveal() for key in (AUDIT_KEY, *SEAL_KEYS, *CLIENT_KEYS))]
if len(set(_ours)) < len(_ours) or any(len(key) < 32 for key in _ours[2:]):
    raise ImproperlyConfigured(
        "SEAL_KEYS and CLIENT_KEYS are of 32 characters or more each, and none of them is another key of this house."
    )
MANAGER_KEYS = {
    name: Secret(
        environment.secret(f"MANAGER_KEY_{name.upper()}", demo=f"demo-{name}-key", is_demo=DEMO)
        if PROCESS in ("", name)
        else ""
    )
    for name in ("web", *LANES)
}
_manager = urlsplit(MANAGER_URL)
if DEMO and _manager.hostname not in LOOPBACK:
    raise ImproperlyConfigured("DEMO=1 talks to a Manager on loopback only; MANAGER_URL names another host.")
if len(MANAGER_ENVIRONMENT) > 32:
    raise ImproperlyConfigured("MANAGER_ENVIRONMENT is longer than 32 characters.")
if not DEMO and (_manager.scheme != "https" or not MANAGER_ENVIRONMENT):
    raise ImproperlyConfigured("MANAGER_URL must be https and MANAGER_ENVIRONMENT must be named.")
if any(not re.fullmatch(r"[!-~]*", key.reveal()) for key in MANAGER_KEYS.values()):
    raise ImproperlyConfigured("A Manager key holds a blank or a character that no header takes.")
if not DEMO and PROCESS:
    for name in {"web", *LANES} - {PROCESS}:
        if environment.given(f"MANAGER_KEY_{name.upper()}"):
            raise ImproperlyConfigured(
                f"The {PROCESS} process is given the Manager key of {name}; each has only its own."
            )
_given = [key.reveal() for key in MANAGER_KEYS.values() if key]
if len(set(_given)) != len(_given):
    raise ImproperlyConfigured("Two processes share one Manager key; each lane and the web have their own.")

# The one login whose money `manager_probe --write` moves; no client's.
_probed = environment.text("PROBE_LOGIN")
if not re.fullmatch(r"([1-9][0-9]{0,17})?", _probed, re.ASCII):
    raise ImproperlyConfigured(f"PROBE_LOGIN is {_probed!r}; it takes a login.")
PROBE_LOGIN = int(_probed) if _probed else None

# Limits of execution, in seconds; LEASE must outlast a whole call and what the Manager still does after it.
MANAGER_DEADLINE = environment.seconds("MANAGER_DEADLINE", 10)
MANAGER_PROCESSING = environment.seconds("MANAGER_PROCESSING", 20)
MANAGER_SKEW = environment.seconds("MANAGER_SKEW", 5)
LEASE = 2 * (MANAGER_DEADLINE + MANAGER_PROCESSING)
LOOK_EVERY = environment.seconds("LOOK_EVERY", 2)
UNCERTAIN_LIMIT = environment.seconds("UNCERTAIN_LIMIT", 15 * 60)
LANE_SLOTS = 16

# What stands outside the database, so that one that was restored, cut or written anew is found out

CHECKPOINT_DIR = environment.text("CHECKPOINT_DIR", str(DATA / "checkpoints") if DEMO else "")
CHECKPOINT_KEY = Secret(environment.given("CHECKPOINT_KEY"))
CHECKPOINT_EVERY = environment.seconds("CHECKPOINT_EVERY", 60)
if DEMO:
    Path(CHECKPOINT_DIR).mkdir(parents=True, exist_ok=True)
elif PROCESS in (*LANES, HOUSEKEEPING) and not CHECKPOINT_DIR:
    raise ImproperlyConfigured(
        f"The {PROCESS} process needs CHECKPOINT_DIR: without it a restored backup would be sent again."
    )
if not DEMO and PROCESS == HOUSEKEEPING and not CHECKPOINT_KEY:
    raise ImproperlyConfigured("CHECKPOINT_KEY (or CHECKPOINT_KEY_FILE) is missing; it signs the checkpoints.")
if not DEMO and PROCESS not in ("", HOUSEKEEPING) and CHECKPOINT_KEY:
    raise ImproperlyConfigured(f"The {PROCESS} process is given CHECKPOINT_KEY; only housekeeping signs checkpoints.")

# For so many years after a client's last operation nobody erases what is written about them.
RETENTION_YEARS = environment.whole("RETENTION_YEARS", 5)

# Mail, which housekeeping alone sends; unset, nobody is told anything, and the administrators' page says so

EMAIL_URL = environment.given("EMAIL_URL") or (f"file://{(DATA / 'mail').absolute()}" if DEMO else "")
if not DEMO and PROCESS not in ("", HOUSEKEEPING) and EMAIL_URL:
    raise ImproperlyConfigured(f"The {PROCESS} process is given EMAIL_URL; only housekeeping sends mail.")
SENDS_MAIL = bool(EMAIL_URL)
globals().update(email_url.parsed(EMAIL_URL))
EMAIL_FROM = environment.text("EMAIL_FROM", "Countersign <countersign@localhost>" if DEMO else "")
PUBLIC_URL = environment.text("PUBLIC_URL", "http://localhost:8000" if DEMO else "").rstrip("/")
if SENDS_MAIL and not re.fullmatch(r"([^<>@,\r\n]+ <)?[^<>@,\s]+@[^<>@,\s]+(?(1)>)", EMAIL_FROM):
    raise ImproperlyConfigured(f"EMAIL_FROM is {EMAIL_FROM!r}; mail comes from an address, with a name or without.")
if PUBLIC_URL and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", PUBLIC_URL):
    raise ImproperlyConfigured(f"PUBLIC_URL is {PUBLIC_URL!r}; it is this house's own address, without a path.")
if (SENDS_MAIL or PUBLIC_URL) and not DEMO and not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured(
        "PUBLIC_URL must be named, and https: the links in mails begin with it, and passkeys belong to it."
    )

# Applications

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_filters",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "backoffice.safety",
    "backoffice.ui",
    "backoffice.calendar",
    "backoffice.audit",
    "backoffice.database",
    "backoffice.operators",
    "backoffice.files",
    "backoffice.mail",
    "backoffice.operations",
    "backoffice.governance",
    "accounts",
    "funding",
    "auditlog",  # after ours, so that our refusal stands in the place of its flush command
    *(["backoffice.demo"] if DEMO else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.safety.front.Middleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "backoffice.audit.middleware.Middleware",
    "backoffice.operators.middleware.Sittings",
    "backoffice.governance.middleware.OwnPassword",
    "backoffice.access.Middleware",
    "backoffice.operators.middleware.StepUps",
]
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            # django-template-partials would rewrite the loaders in ready(); by hand they are what is read here.
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials", "backoffice.ui.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backoffice.ui.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "backoffice.ui.forms.Renderer"

# Storage

DATABASES = {
    "default": dj_database_url.parse(environment.given("DATABASE_URL") or f"sqlite:///{DATA / 'countersign.sqlite3'}"),
}
IS_SQLITE = "sqlite" in DATABASES["default"]["ENGINE"]
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
}
if IS_SQLITE:
    DATABASES["default"] |= {"OPTIONS": SQLITE_OPTIONS}
else:
    # What the address itself says (sslmode, sslrootcert) stays; a host that swallows packets is given up after 5 s.
    # Compiled, a statement of the queue took a second to be ready and a fiftieth of one to run; none of ours is long.
    LIMITS = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=5s -c jit=off"
    OURS = {"connect_timeout": 5, "options": LIMITS}
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": DATABASES["default"].get("OPTIONS", {}) | OURS,
    }
    if DEMO and DATABASES["default"].get("HOST", "") not in ("", *LOOPBACK):
        raise ImproperlyConfigured("DEMO=1 works on a database on loopback only; DATABASE_URL names another host.")
# Given to `manage.py database_roles` alone, which sets them; a process knows its own from its DATABASE_URL.
DATABASE_PASSWORDS = {
    role: Secret(environment.given(f"DATABASE_PASSWORD_{role.upper()}")) for role in ("web", "worker")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = environment.given("CACHE_URL")
if CACHE_URL:
    # Whoever signs in while it is away is told so at once, and not after their patience.
    PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 2}
    REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL, "OPTIONS": PATIENCE}
    CACHES = {"default": REDIS}
else:
    # Shared between processes, as rate limits need it; in a file of its own, so that it never waits for money.
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    DATABASES["cache"] = dj_database_url.parse(f"sqlite:///{DATA / 'cache.sqlite3'}") | {"OPTIONS": SQLITE_OPTIONS}
DATABASE_ROUTERS = ["backoffice.routing.Router"]

# Transport: a message is a wake-up for a lane; lost, doubled or late, it changes nothing.

CELERY_BROKER_URL = environment.given("CELERY_BROKER_URL") or "filesystem://localhost//"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker that gave up on the transport would also stop looking by itself.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "wake what is due": {
        "task": "operations.wake",
        "schedule": 30.0,
        "options": {"queue": HOUSEKEEPING, "expires": 30},
    },
    "end changes that nobody decided on": {
        "task": "governance.expire",
        "schedule": 300.0,
        "options": {"queue": HOUSEKEEPING, "expires": 300},
    },
    "tell people that their address was changed": {
        "task": "governance.tell_addresses",
        "schedule": 300.0,
        "options": {"queue": HOUSEKEEPING, "expires": 300},
    },
    "delete uploads that came to nothing": {
        "task": "files.forget",
        "schedule": 3600.0,
        "options": {"queue": HOUSEKEEPING, "expires": 3600},
    },
    "tell people what is late": {
        "task": "operations.remind",
        "schedule": 300.0,
        "options": {"queue": HOUSEKEEPING, "expires": 300},
    },
    "check the coverage of the days ahead": {
        "task": "governance.check_coverage",
        "schedule": 600.0,
        "options": {"queue": HOUSEKEEPING, "expires": 600},
    },
    "send letters": {
        "task": "mail.send",
        "schedule": 60.0,
        "options": {"queue": HOUSEKEEPING, "expires": 60},
    },
}
if CELERY_BROKER_URL.startswith("filesystem:"):
    (DATA / "transport").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT = "backoffice.transport:Transport"
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str | int | float] = {
        "data_folder_in": str(DATA / "transport"),
        "data_folder_out": str(DATA / "transport"),
        "control_folder": str(DATA / "transport-control"),
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
    }

# Sign-in

AUTH_USER_MODEL = "operators.Operator"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.CommonPasswordValidator",
        # Those of a list of leaked ones that are long enough to be chosen here; Django's own has fewer than 200 of them.
        "OPTIONS": {"password_list_path": ROOT / "backoffice" / "operators" / "known-passwords.txt.gz"},
    },
    {"NAME": "backoffice.operators.passwords.NotOurWords"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "backoffice.operators.signin.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_NOTIFICATIONS = False
# Wrong passwords and wrong codes, each: ten a minute from one address, five in five minutes for one name.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key"}
MFA_ADAPTER = "backoffice.operators.signin.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]

# Single sign-on, where there is a provider: it says who somebody is; who may come in, and with which second factor, we say.
OIDC_URL = environment.text("OIDC_URL").rstrip("/")
OIDC_NAME = environment.text("OIDC_NAME", "Single sign-on")
OIDC_CLIENT_ID = environment.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = environment.given("OIDC_CLIENT_SECRET")
if OIDC_URL and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise ImproperlyConfigured("OIDC_URL takes OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (or OIDC_CLIENT_SECRET_FILE).")
if OIDC_URL and urlsplit(OIDC_URL).scheme != "https" and not (DEMO and urlsplit(OIDC_URL).hostname in LOOPBACK):
    raise ImproperlyConfigured("OIDC_URL must be https.")
SOCIALACCOUNT_ADAPTER = "backoffice.operators.sso.ProviderAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "backoffice.operators.sso.Provider",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_URL},
            }
        ],
    }
}
# How many proxies of ours add to X-Forwarded-For; what comes from further out is anybody's word.
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES = environment.whole("TRUSTED_PROXIES", 0)

# The browser

SESSION_ENGINE = "backoffice.safety.sessions"
SESSION_COOKIE_AGE = 8 * 3600
# No script of ours reads either: forms carry the token themselves.
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEMO:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    # What machines ask is answered or not: a redirect would be taken for a process that is well.
    SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
CSRF_FAILURE_VIEW = "backoffice.ui.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Of a form without its files; those are read by a handler of ours, into memory and only where a page takes some.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = ["backoffice.files.receiving.Handler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "object-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        # Browsers tell it what a page was kept from; they know no other way without an address of a whole site.
        "report-uri": ["/csp-reports/"],
    }
}

# Language, time, static files, logs

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False
STATIC_URL = "static/"
STATIC_ROOT = ROOT / "static-built"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = DEMO
# Scripts and styles are for our own pages; whitenoise would let in those of every origin.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
LOG_FORMAT = environment.one_of("LOG_FORMAT", ("json", "words"), "words" if DEMO else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "backoffice.safety.logs.formatter", "as_json": LOG_FORMAT == "json"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.text("LOG_LEVEL", "INFO")},
    # httpx would log each address; addresses of the Manager name logins.
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
DEFAULT_EXCEPTION_REPORTER_FILTER = "backoffice.safety.reports.Filter"
AUDITLOG_LOGENTRY_MODEL = "audit.Edit"
SECRET_FILES = environment.READ_FROM
