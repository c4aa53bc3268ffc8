from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("questionnaire/", views.questionnaire, name="questionnaire"),
    path("questionnaire/<int:step>/", views.question, name="question"),
    path("risk/", views.risk_result, name="risk"),
    path("consent/", views.consent, name="consent"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<str:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("consent/decide/", views.decide_consent, name="decide_consent"),
]
