"""HTTP addresses of portfolios, below /portfolio/."""

from django.urls import path

from portfolios import views

app_name = "portfolios"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("transactions/", views.transactions, name="transactions"),
    path("trade/", views.trade, name="trade"),
    path("trade/confirm/", views.confirm_trade, name="confirm"),
    path("customers/", views.customers, name="customers"),
    path("customers/<int:number>/", views.customer, name="customer"),
]
