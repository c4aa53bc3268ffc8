"""Settings of every deployment, read from the environment and safe by default.

`.env.example` lists each variable. With DEBUG off a missing SECRET_KEY or ALLOWED_HOSTS
refuses to start.
"""

import warnings
from datetime import date, timedelta
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = BASE_DIR / ".local"

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

# pymongoarrow was built against another pyarrow and works with this one.
warnings.filterwarnings("ignore", message="pyarrow.lib.*size changed")

# --- what kind of deployment this is -----------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=not DEBUG)
DEMO = env.bool("DEMO", default=False)

SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

if DEBUG:
    SECRET_KEY = SECRET_KEY or "debug-only-key-never-used-with-debug-off"
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
# SystemExit, so that a server that may not start says one sentence and no more.
if not SECRET_KEY:
    raise SystemExit(
        "SECRET_KEY is not set: put a long random value into the environment, or set DEBUG=on "
        "on a machine that nobody else reaches."
    )
if not ALLOWED_HOSTS:
    raise SystemExit(
        "ALLOWED_HOSTS is not set: name the hosts this site is served under, separated by commas."
    )
if DEMO and HTTPS:
    raise SystemExit(
        "DEMO=on is for a machine of one's own (HTTPS=off): demo customers and public passwords "
        "have no place in production."
    )

# --- apps --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "unfold.contrib.filters",
    "finseg.apps.MongoAdminConfig",
    "finseg.apps.MongoAuthConfig",
    "finseg.apps.MongoContentTypesConfig",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_mongodb_backend",
    "channels",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "allauth",
    "finseg.apps.MongoAccountConfig",
    "finseg.apps.MongoMFAConfig",
    "finseg.apps.MongoAxesConfig",
    "finseg.apps.MongoAuditlogConfig",
    "finseg.apps.FinsegConfig",
    "accounts",
    "market",
    "portfolios",
    "segmentation",
    "recommendations",
    "sip",
]

MIGRATION_MODULES = {
    "admin": "finseg.mongo_migrations.admin",
    "auth": "finseg.mongo_migrations.auth",
    "contenttypes": "finseg.mongo_migrations.contenttypes",
    "account": "finseg.mongo_migrations.account",
    "mfa": "finseg.mongo_migrations.mfa",
    "axes": "finseg.mongo_migrations.axes",
    "auditlog": "finseg.mongo_migrations.auditlog",
}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pads what it compresses, so that lengths tell nothing of secrets in a page (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "finseg.security.AdminPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "finseg.errors.BareErrorMiddleware",
    "finseg.security.UploadLimitMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "finseg.security.WriteLimitMiddleware",
    "finseg.security.ActorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "finseg.urls"
ASGI_APPLICATION = "finseg.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "finseg.context_processors.shell",
                "portfolios.context_processors.frame",
            ],
        },
    },
]

# --- data --------------------------------------------------------------------------------

MONGODB_URI = env.str("MONGODB_URI", default="mongodb://127.0.0.1:27017/?replicaSet=rs0")
MONGODB_NAME = env.str("MONGODB_NAME", default="finseg")
# Longest wait of the web server for one answer of MongoDB (finseg/asgi.py). Other processes have no
# such limit: one command of a nightly task may take minutes.
MONGODB_PAGE_SECONDS = env.float("MONGODB_PAGE_SECONDS", default=10.0)
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")

DATABASES = {
    "default": {
        "ENGINE": "finseg.mongodb",
        "HOST": MONGODB_URI,
        "NAME": MONGODB_NAME,
        "OPTIONS": {"serverSelectionTimeoutMS": 5000, "appname": "finseg"},
    }
}
DATABASE_ROUTERS = ["django_mongodb_backend.routers.MongoRouter"]
DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "finseg",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_SERIALIZER = "finseg.sessions.SessionSerializer"

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "finseg"},
    }
}

# --- prices ------------------------------------------------------------------------------

MARKET_FEED = env.str("MARKET_FEED", default="auto" if DEMO else "yahoo")
MARKET_SEED = env.int("MARKET_SEED", default=2040)
REPLAY_START = date.fromisoformat(env.str("REPLAY_START")) if env.str("REPLAY_START", "") else None
REPLAY_SPEED = env.float("REPLAY_SPEED", default=1.0)
REPLAY_FILE = Path(env.str("REPLAY_FILE")) if env.str("REPLAY_FILE", "") else None

# --- segments ----------------------------------------------------------------------------

SEGMENTATION_ENGINE = env.str("SEGMENTATION_ENGINE", default="local")
SEGMENTATION_SCHEDULER = env.str("SEGMENTATION_SCHEDULER", default="")
SEGMENTATION_ASSIGN = env.str("SEGMENTATION_ASSIGN", default="client")

# --- background work ---------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = REDIS_URL
CELERY_RESULT_EXPIRES = 24 * 3600
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_SOFT_TIME_LIMIT = 3300
CELERY_TASK_TRACK_STARTED = True
CELERY_TIMEZONE = "Asia/Kolkata"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- who gets in -------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/dashboard/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", default="optional")
# allauth signs the primary key into its links, and an ObjectId is not JSON.
ACCOUNT_EMAIL_CONFIRMATION_HMAC = False
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_DISPLAY = "accounts.adapter.user_display"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "add_email": "accounts.forms.ChangeEmailForm",
}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "finseg: "
# Axes locks a name at an address first and tells why; these hold what spreads over many
# addresses or many names.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,20/5m/key"}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_TOTP_ISSUER = "finseg"
# RFC 6238 section 5.2: one step either way, for clocks that are a little off.
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Elsewhere an address is confirmed first: nobody may lock its owner out of it.
MFA_ALLOW_UNVERIFIED_EMAIL = DEMO

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# A name at an address: a stranger who guesses cannot lock the owner out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_USERNAME_CALLABLE = "accounts.permissions.login_name"
AXES_CLIENT_IP_CALLABLE = "accounts.permissions.client_ip"
AXES_VERBOSE = False

# How many proxies of one's own stand in front: only these may name the client's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)

# --- e-mail ------------------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="finseg <noreply@localhost>")

# --- what comes in -----------------------------------------------------------------------

# A body of more is refused by its stated length or, where it states none, once so much came; Django
# stores and parses none of it. Daphne has received it by then, since it calls the application with
# whole bodies only: the proxy in front has to limit bodies, too. Files are what is larger than the
# second; they go through a file on disk.
UPLOAD_MAX_BYTES = 10 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 4

# --- transport and browser ---------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # Probes ask from inside, in plain HTTP.
SESSION_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "finseg.views.csrf_failure"
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- pages -------------------------------------------------------------------------------

LANGUAGE_CODE = "en-in"
TIME_ZONE = "Asia/Kolkata"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or LOCAL_DIR / "static")
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *(
        (f"vendor/{name.removesuffix('.org')}", NODE_MODULES / name / folder)
        for name, folder in [
            ("bootstrap", "dist"),
            ("bootstrap-icons", "font"),
            ("chart.js", "dist"),
            ("lightweight-charts", "dist"),
            ("htmx.org", "dist"),
        ]
        if (NODE_MODULES / name / folder).is_dir()
    ),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- what staff plan with -------------------------------------------------------------------

# From which day, how many per cent of the traded value: an assumption until the bank states its
# own tariff, and shown as one wherever brokerage is estimated.
BROKERAGE_RATES = env.str("BROKERAGE_RATES", default="2000-01-01=0.10")

# --- staff admin (finseg/staff) -----------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "finseg",
    "SITE_HEADER": "finseg",
    "SITE_SUBHEADER": "Bank staff",
    "SITE_URL": "/dashboard/",
    "SITE_SYMBOL": "donut_small",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "finseg.staff.theme.icon"}],
    "SHOW_BACK_BUTTON": True,
    "SHOW_HISTORY": False,
    "BORDER_RADIUS": "6px",
    "STYLES": ["finseg.staff.theme.stylesheet"],
    "GLOBAL_CALLBACK": "finseg.staff.theme.without_inline_colours",
    "DASHBOARD_CALLBACK": "finseg.staff.dashboard.overview",
    "COMMAND": {"search_callback": "finseg.staff.navigation.search"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "finseg.staff.navigation.sidebar",
    },
}

# --- logs --------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
