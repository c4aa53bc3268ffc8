"""WebSocket addresses of all apps."""

from market.routing import websocket_urlpatterns as market
from portfolios.routing import websocket_urlpatterns as portfolios
from segmentation.routing import websocket_urlpatterns as segmentation

websocket_urlpatterns = [*market, *portfolios, *segmentation]
