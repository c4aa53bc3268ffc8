from django.urls import path

from sip import views

app_name = "sip"
urlpatterns = [
    path("", views.planner, name="planner"),
    path("years.csv", views.years_csv, name="years"),
    path("plans/", views.save, name="save"),
    path("plans/<str:plan_id>/delete/", views.delete, name="delete"),
]
