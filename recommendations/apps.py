from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    default_auto_field = "django_mongodb_backend.fields.ObjectIdAutoField"
