"""HTTP addresses of all apps."""

from django.contrib import admin
from django.urls import include, path

from finseg.health import healthz
from finseg.security import admin_login

urlpatterns = [
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/login/", admin_login),
    path("admin/", admin.site.urls),
    path("market/", include("market.urls")),
    path("sip/", include("sip.urls")),
    path("healthz", healthz, name="healthz"),
]
