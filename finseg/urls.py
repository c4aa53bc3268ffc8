"""HTTP addresses of all apps."""

from django.contrib import admin
from django.urls import include, path

from finseg.health import healthz

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("market/", include("market.urls")),
    path("sip/", include("sip.urls")),
    path("healthz", healthz, name="healthz"),
]
