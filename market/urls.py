"""Addresses of the market's pages."""

from django.urls import path

from market import views

app_name = "market"
urlpatterns = [
    path("", views.market_list, name="list"),
    path("search/", views.search, name="search"),
    path("<str:symbol>/", views.stock, name="stock"),
]
