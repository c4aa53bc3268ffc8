"""WebSocket addresses of all apps."""

from market.routing import websocket_urlpatterns as market

websocket_urlpatterns = [*market]
