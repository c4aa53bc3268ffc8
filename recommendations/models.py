"""What may suit an investor: sets of recommended stocks, and what was said of them."""

from django.conf import settings
from django.db import models
from django_mongodb_backend.fields import EmbeddedModelArrayField
from django_mongodb_backend.models import EmbeddedModel


class Recommendation(EmbeddedModel):
    """One stock of a set, with the figures behind its reasons; words are made when it is shown."""

    symbol = models.CharField(max_length=30)
    score = models.FloatField()
    expected_return = models.FloatField(help_text="Fraction a year")
    volatility = models.FloatField(help_text="Fraction a year")
    amount = models.FloatField(null=True, help_text="Suggested rupees")
    shares = models.IntegerField(null=True)
    working = models.JSONField(default=dict, help_text="The figures behind the reasons")

    def __str__(self):
        return self.symbol


class RecommendationSet(models.Model):
    """The stocks an investor is shown, replaced as a whole whenever they are worked out anew."""

    investor = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recommendation_set"
    )
    investor_number = models.BigIntegerField(unique=True, editable=False)
    source = models.CharField(max_length=10)
    as_of = models.DateField()
    segment_key = models.CharField(max_length=20, blank=True)
    items = EmbeddedModelArrayField(Recommendation, default=list)
    working = models.JSONField(
        default=dict, help_text="Limits, left out, portfolio before and after"
    )
    built_at = models.DateTimeField()

    def __str__(self):
        return f"Recommendations for C-{self.investor_number}"


class Verdict(models.TextChoices):
    LIKE = "like", "Useful"
    DISMISS = "dismiss", "Not for me"


class Feedback(models.Model):
    """What an investor said of a stock. A dismissed stock is not recommended again."""

    investor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recommendation_feedback"
    )
    investor_number = models.BigIntegerField(db_index=True, editable=False)
    symbol = models.CharField(max_length=30)
    verdict = models.CharField(max_length=10, choices=Verdict)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["investor", "symbol"], name="one_verdict_a_stock"),
        ]

    def __str__(self):
        return f"{self.verdict} {self.symbol}"


class TrackRecord(models.Model):
    """How the method would have done on past dates: one walk-forward evaluation."""

    source = models.CharField(max_length=10, unique=True)
    first = models.DateField()
    last = models.DateField()
    result = models.JSONField(default=dict)
    evaluated_at = models.DateTimeField()

    def __str__(self):
        return f"Track record {self.first} to {self.last} ({self.source})"
