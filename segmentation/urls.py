"""Addresses under /segments/."""

from django.urls import path

from segmentation import views

app_name = "segmentation"
urlpatterns = [
    path("", views.segments, name="segments"),
    path("summary/", views.summary, name="summary"),
    path("picture/", views.picture, name="picture"),
    path("members/", views.members, name="members"),
    path("build/", views.build, name="build"),
    path("rebuild/", views.rebuild, name="rebuild"),
    path("runs/<int:number>/publish/", views.publish, name="publish"),
]
