"""HTTP addresses of portfolios, below /portfolio/."""

from django.urls import path

from portfolios.views import imports, ledger, overview, staff

app_name = "portfolios"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("transactions/", ledger.transactions, name="transactions"),
    path("trade/", ledger.trade, name="trade"),
    path("trade/confirm/", ledger.confirm_trade, name="confirm"),
    path("import/", imports.upload, name="import"),
    path("import/<slug:pk>/", imports.batch, name="import_batch"),
    path("import/mappings/<slug:pk>/forget/", imports.forget_mapping, name="forget_mapping"),
    path("export/<slug:kind>/", imports.export, name="export"),
    path("customers/", staff.customers, name="customers"),
    path("customers/<int:number>/", staff.customer, name="customer"),
]
