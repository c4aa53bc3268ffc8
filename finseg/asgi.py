"""Entry point of the web server: HTTP to Django, WebSockets to the consumers."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finseg.settings")
# Set before NumPy is loaded. Requests are answered in threads already; a pool of threads inside
# each small matrix would have them wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A page whose database hangs is given up, and its thread is free again. Nothing is connected yet.
settings.DATABASES["default"]["OPTIONS"]["timeoutMS"] = int(settings.MONGODB_PAGE_SECONDS * 1000)
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from accounts.presence import while_there  # noqa: E402
from finseg.routing import websocket_urlpatterns  # noqa: E402
from finseg.security import within_body_limit  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": within_body_limit(django_application),
        "websocket": while_there(
            AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
        ),
    }
)
