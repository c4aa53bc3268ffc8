from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("questionnaire/", views.questionnaire, name="questionnaire"),
    path("questionnaire/<int:step>/", views.question, name="question"),
    path("risk/", views.risk_result, name="risk"),
    path("consent/", views.consent, name="consent"),
    path("consent/decide/", views.decide_consent, name="decide_consent"),
]
