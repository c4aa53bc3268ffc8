"""WebSocket addresses of segmentation."""

from django.urls import path

from segmentation.consumers import SegmentsConsumer

websocket_urlpatterns = [path("ws/segments/", SegmentsConsumer.as_asgi())]
