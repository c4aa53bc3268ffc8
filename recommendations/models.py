"""What may suit an investor: sets of recommended stocks and what was said of them."""

from django.conf import settings
from django.db import models
from django_mongodb_backend.fields import EmbeddedModelArrayField
from django_mongodb_backend.models import EmbeddedModel


class Recommendation(EmbeddedModel):
    symbol = models.CharField(max_length=30)
    score = models.FloatField()
    expected_return = models.FloatField(help_text="Fraction a year")
    volatility = models.FloatField(help_text="Fraction a year")
    amount = models.FloatField(null=True, help_text="Suggested rupees")
    reasons = models.JSONField(default=list)
    working = models.JSONField(default=dict)
    projection = models.JSONField(default=dict, help_text="10/50/90 % band")

    def __str__(self):
        return self.symbol


class RecommendationSet(models.Model):
    investor = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recommendation_set"
    )
    investor_number = models.BigIntegerField(unique=True, editable=False)
    source = models.CharField(max_length=10)
    as_of = models.DateField()
    segment_key = models.CharField(max_length=20, blank=True)
    items = EmbeddedModelArrayField(Recommendation, default=list)
    note = models.CharField(max_length=300, blank=True)
    built_at = models.DateTimeField(auto_now=True)

    def __str__(self):
        return f"Recommendations for C-{self.investor_number}"


class Verdict(models.TextChoices):
    LIKE = "like", "Like"
    DISMISS = "dismiss", "Not for me"


class Feedback(models.Model):
    investor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recommendation_feedback"
    )
    symbol = models.CharField(max_length=30)
    verdict = models.CharField(max_length=10, choices=Verdict)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["investor", "symbol"], name="one_verdict_a_stock"),
        ]

    def __str__(self):
        return f"{self.verdict} {self.symbol}"
