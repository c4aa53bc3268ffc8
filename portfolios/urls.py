"""HTTP addresses of portfolios, below /portfolio/."""

from django.urls import path

from portfolios.views import ledger, overview, staff

app_name = "portfolios"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("transactions/", ledger.transactions, name="transactions"),
    path("trade/", ledger.trade, name="trade"),
    path("trade/confirm/", ledger.confirm_trade, name="confirm"),
    path("customers/", staff.customers, name="customers"),
    path("customers/<int:number>/", staff.customer, name="customer"),
]
