"""What customers own: portfolios and the ledger they are derived from."""

from django.conf import settings
from django.db import models
from django_mongodb_backend.fields import EmbeddedModelArrayField
from django_mongodb_backend.models import EmbeddedModel


class Position(EmbeddedModel):
    """A holding as the ledger leaves it: a cache, recomputable from the transactions."""

    symbol = models.CharField(max_length=30)
    quantity = models.IntegerField()
    cost = models.DecimalField(max_digits=18, decimal_places=2)

    def __str__(self):
        return f"{self.quantity} {self.symbol}"


class Portfolio(models.Model):
    """An investor's portfolio with the aggregates that list pages sort by.

    `ledger_version` grows with every write; a write that read an older version is refused.
    `positions` to `money_out` follow from the ledger, charges included, and are as of that version.
    `value` to `valued_at` are the last valuation; `changed_at` is the last change of the ledger.
    """

    investor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="portfolios"
    )
    investor_number = models.BigIntegerField(db_index=True, editable=False)
    name = models.CharField(max_length=80, default="My portfolio")
    ledger_version = models.BigIntegerField(default=0)
    positions = EmbeddedModelArrayField(Position, default=list, blank=True)
    realised_profit = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    money_in = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    money_out = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    invested = models.FloatField(default=0.0)
    value = models.FloatField(null=True, db_index=True)
    today = models.FloatField(null=True)
    profit = models.FloatField(null=True)
    return_1y = models.FloatField(null=True, db_index=True)
    total_return = models.FloatField(null=True, db_index=True)
    valued_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["investor", "name"], name="one_portfolio_name"),
        ]

    def __str__(self):
        return f"{self.name} of C-{self.investor_number}"


class AppliedSplit(models.Model):
    """A split that all stored positions already count; `Portfolio.positions` are a cache."""

    symbol = models.CharField(max_length=30)
    ex_date = models.DateField()
    ratio = models.CharField(max_length=20, help_text="New shares per old one, as 5 or 3/2")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["symbol", "ex_date", "ratio"], name="one_split"),
        ]

    def __str__(self):
        return f"{self.symbol} {self.ratio} on {self.ex_date}"


class Side(models.TextChoices):
    BUY = "buy", "Buy"
    SELL = "sell", "Sell"


class Transaction(models.Model):
    """One line of the append-only ledger."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="transactions")
    investor_number = models.BigIntegerField(db_index=True, editable=False)
    side = models.CharField(max_length=4, choices=Side)
    symbol = models.CharField(max_length=30)
    trade_date = models.DateField()
    quantity = models.IntegerField()
    price = models.DecimalField(max_digits=14, decimal_places=4)
    charges = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    is_sip = models.BooleanField(default=False, help_text="Part of a regular plan")
    sequence = models.BigIntegerField(help_text="Order within the portfolio")
    counted_on = models.DateField(
        null=True,
        blank=True,
        help_text="Splits up to this day are in quantity and price; empty: up to the trade date",
    )
    idempotency_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-trade_date", "-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "sequence"], name="one_sequence"),
            models.UniqueConstraint(
                fields=["portfolio", "idempotency_key"],
                condition=models.Q(idempotency_key__gt=""),
                name="one_idempotency_key",
            ),
        ]
        indexes = [
            models.Index(fields=["portfolio", "trade_date", "sequence"]),
            models.Index(fields=["trade_date"]),
        ]

    def __str__(self):
        return f"{self.side} {self.quantity} {self.symbol} on {self.trade_date}"

    @property
    def amount(self):
        """Rupees paid with charges, or received net of them."""
        gross = self.quantity * self.price
        return gross + self.charges if self.side == Side.BUY else gross - self.charges
