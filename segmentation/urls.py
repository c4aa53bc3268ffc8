"""Addresses under /segments/."""

from django.urls import path

from segmentation.views import advisers, campaigns, explorer, overview, ranking

app_name = "segmentation"
urlpatterns = [
    path("", overview.segments, name="segments"),
    path("summary/", overview.summary, name="summary"),
    path("picture/", overview.picture, name="picture"),
    path("members/", overview.members, name="members"),
    path("build/", overview.build, name="build"),
    path("rebuild/", overview.rebuild, name="rebuild"),
    path("runs/<int:number>/publish/", overview.publish, name="publish"),
    path("ranking/", ranking.ranking, name="ranking"),
    path("ranking/measure/", ranking.measure, name="measure"),
    path("ranking/quiet/", ranking.quiet, name="quiet"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="new_campaign"),
    path("campaigns/export/", campaigns.export, name="export_campaign"),
    path("explorer/", explorer.page, name="explorer"),
    path("explorer/columns/", explorer.columns, name="explorer_columns"),
    path("explorer/customers/<int:number>/", explorer.customer, name="explorer_customer"),
    path("explorer/flows/", explorer.flows, name="explorer_flows"),
    path("explorer/filters/", explorer.save, name="save_filter"),
    path("explorer/filters/<str:pk>/", explorer.change, name="change_filter"),
    path("explorer/filters/<str:pk>/delete/", explorer.delete, name="delete_filter"),
    path("advisers/", advisers.queue, name="cases"),
    path("advisers/<int:number>/", advisers.case, name="case"),
    path("advisers/<int:number>/take/", advisers.take, name="take_case"),
    path("advisers/<int:number>/finish/", advisers.finish, name="finish_case"),
    path("advisers/<int:number>/release/", advisers.release, name="release_case"),
]
