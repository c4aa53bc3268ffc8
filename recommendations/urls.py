from django.urls import path

from recommendations import views

app_name = "recommendations"
urlpatterns = [
    path("", views.page, name="page"),
    path("feedback/", views.feedback, name="feedback"),
]
