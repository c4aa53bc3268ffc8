"""Addresses under /segments/."""

from django.urls import path

from segmentation.views import advisers, overview

app_name = "segmentation"
urlpatterns = [
    path("", overview.segments, name="segments"),
    path("summary/", overview.summary, name="summary"),
    path("picture/", overview.picture, name="picture"),
    path("members/", overview.members, name="members"),
    path("build/", overview.build, name="build"),
    path("rebuild/", overview.rebuild, name="rebuild"),
    path("runs/<int:number>/publish/", overview.publish, name="publish"),
    path("advisers/", advisers.queue, name="cases"),
    path("advisers/<int:number>/", advisers.case, name="case"),
    path("advisers/<int:number>/take/", advisers.take, name="take_case"),
    path("advisers/<int:number>/finish/", advisers.finish, name="finish_case"),
    path("advisers/<int:number>/release/", advisers.release, name="release_case"),
]
