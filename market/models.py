"""What things cost: instruments, their price history by source, and the state of the feed."""

from django.db import models
from django_mongodb_backend.fields import ArrayField


class Source(models.TextChoices):
    """Where a price comes from. Prices of two sources are never mixed."""

    YAHOO = "yahoo", "Yahoo Finance"
    FILE = "file", "Imported history"
    SIMULATED = "simulated", "Simulated market"


class CapClass(models.TextChoices):
    LARGE = "Large", "Large cap"
    MID = "Mid", "Mid cap"
    SMALL = "Small", "Small cap"
    MICRO = "Micro", "Micro cap"


class Kind(models.TextChoices):
    EQUITY = "equity", "Equity"
    INDEX = "index", "Index"


class Instrument(models.Model):
    symbol = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    isin = models.CharField(max_length=12, blank=True, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.EQUITY)
    sector = models.CharField(max_length=60, blank=True)
    cap_class = models.CharField(max_length=10, choices=CapClass, blank=True)
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    yahoo_symbol = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["symbol"]

    def __str__(self):
        return self.symbol


class PriceYear(models.Model):
    """Daily bars of one instrument, year and source, oldest first.

    Columns are little-endian binary: dates int32 days since 1970-01-01, volume int64, prices
    float64. A document a bar takes twenty times as long to read (measured in docs/architecture.md).
    """

    symbol = models.CharField(max_length=30)
    year = models.IntegerField()
    source = models.CharField(max_length=10, choices=Source)
    dates = models.BinaryField()
    open = models.BinaryField()
    high = models.BinaryField()
    low = models.BinaryField()
    close = models.BinaryField()
    adj_close = models.BinaryField()
    volume = models.BinaryField()
    revision = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "symbol", "year"], name="one_price_year"),
        ]

    def __str__(self):
        return f"{self.symbol} {self.year} ({self.source})"


class LatestQuote(models.Model):
    """The last known quote of an instrument from a source; survives a restart of Redis."""

    symbol = models.CharField(max_length=30)
    source = models.CharField(max_length=10, choices=Source)
    price = models.FloatField()
    previous_close = models.FloatField(null=True)
    open = models.FloatField(null=True)
    high = models.FloatField(null=True)
    low = models.FloatField(null=True)
    volume = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "symbol"], name="one_latest_quote"),
        ]

    def __str__(self):
        return f"{self.symbol} {self.price}"


class CorporateAction(models.Model):
    """A split, bonus or dividend of an instrument, as a source reports it."""

    symbol = models.CharField(max_length=30)
    ex_date = models.DateField()
    action = models.CharField(max_length=20)
    value = models.FloatField(help_text="Rupees a share, or new shares per old one")
    source = models.CharField(max_length=10, choices=Source)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "symbol", "ex_date", "action"], name="one_corporate_action"
            ),
        ]

    def __str__(self):
        return f"{self.symbol} {self.action} {self.ex_date}"


class FeedState(models.Model):
    """The one document that says which source is active and how its feed is doing."""

    CURRENT = "current"

    name = models.CharField(max_length=10, unique=True, default=CURRENT)
    source = models.CharField(max_length=10, choices=Source)
    feed = models.CharField(max_length=10)
    session_date = models.DateField(null=True)
    loading = models.CharField(max_length=200, blank=True)
    price_version = models.BigIntegerField(default=0)
    debt_version = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self):
        return f"{self.feed} ({self.source})"


class PriceLoad(models.Model):
    """What one load of a price file did: kept so that data health can be read back."""

    file_name = models.CharField(max_length=255)
    source = models.CharField(max_length=10, choices=Source)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0)
    stored = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    first_rejections = models.JSONField(default=list)
    unknown_symbols = models.JSONField(default=list)
    jumps = models.JSONField(default=list)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self):
        return f"{self.file_name} {self.started_at:%Y-%m-%d %H:%M}"


class CompanyDebt(models.Model):
    """What a company owed and how many shares it had on a day, as a source tells it."""

    symbol = models.CharField(max_length=30)
    source = models.CharField(max_length=10, choices=Source)
    as_of = models.DateField(help_text="Day of the balance sheet")
    total_debt = models.FloatField(help_text="Rupees")
    shares = models.FloatField(help_text="Outstanding")
    shares_as_of = models.DateField()
    origin = models.CharField(max_length=120, help_text="Who says so")
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "symbol", "as_of"], name="one_debt_of_a_company_and_day"
            ),
        ]

    def __str__(self):
        return f"{self.symbol} {self.total_debt:,.0f} on {self.as_of}"


class DebtCheck(models.Model):
    """When a source was last asked for a company's debt, and why it gave none."""

    symbol = models.CharField(max_length=30)
    source = models.CharField(max_length=10, choices=Source)
    checked_at = models.DateTimeField()
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "symbol"], name="one_debt_check"),
        ]

    def __str__(self):
        return f"{self.symbol} {self.checked_at:%Y-%m-%d}: {self.problem or 'known'}"
