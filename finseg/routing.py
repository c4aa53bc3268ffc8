"""WebSocket addresses of all apps."""

websocket_urlpatterns: list = []
