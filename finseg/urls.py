"""HTTP addresses of all apps."""

from django.contrib import admin
from django.urls import include, path

from finseg import privacy_pages, views
from finseg.api import api
from finseg.api_docs import docs
from finseg.health import healthz
from finseg.security import admin_login

urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("strip/", views.strip, name="strip"),
    path("methods/", views.methods, name="methods"),
    path("offline/", views.offline, name="offline"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("service-worker.js", views.service_worker, name="service_worker"),
    path("accounts/privacy/", privacy_pages.overview, name="privacy"),
    path("accounts/privacy/data/", privacy_pages.data, name="privacy_data"),
    path("accounts/privacy/export/", privacy_pages.export, name="privacy_export"),
    path("accounts/privacy/erase/", privacy_pages.erase, name="privacy_erase"),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/login/", admin_login),
    path("admin/", admin.site.urls),
    path("market/", include("market.urls")),
    path("portfolio/", include("portfolios.urls")),
    path("segments/", include("segmentation.urls")),
    path("sip/", include("sip.urls")),
    path("recommendations/", include("recommendations.urls")),
    path("api/", docs, name="api_docs"),
    path("api/v1/", api.urls),
    path("healthz", healthz, name="healthz"),
    path("favicon.ico", views.favicon),
]

handler400 = "finseg.errors.bad_request"
handler403 = "finseg.errors.permission_denied"
handler404 = "finseg.errors.page_not_found"
handler500 = "finseg.errors.server_error"
