"""WebSocket addresses of portfolios."""

from django.urls import path

from portfolios.consumers import PortfolioConsumer

websocket_urlpatterns = [path("ws/portfolio/", PortfolioConsumer.as_asgi())]
