"""Saved savings plans."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models


class Kind(models.TextChoices):
    SIP = "sip", "SIP"
    LUMP = "lump", "Lump sum"
    GOAL = "goal", "Goal"


class Compounding(models.TextChoices):
    NOMINAL = "nominal", "Yearly rate ÷ 12"
    EFFECTIVE = "effective", "Compounds to the yearly rate"


class SipPlan(models.Model):
    """A plan as its owner typed it; what becomes of it is computed when it is shown.

    `amount` is rupees a month, rupees once, or the rupees to be reached, by `kind`.
    """

    investor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sip_plans"
    )
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.SIP)
    amount = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(1)])
    annual_rate = models.FloatField(help_text="Fraction a year")
    years = models.IntegerField()
    start_date = models.DateField()
    step_up = models.FloatField(default=0.0, help_text="Growth of the deposit a year, fraction")
    inflation = models.FloatField(default=0.0, help_text="Fraction a year")
    compounding = models.CharField(max_length=9, choices=Compounding, default=Compounding.NOMINAL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return self.name
