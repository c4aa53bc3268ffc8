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
    `positions` to `fees` follow from the ledger, charges included, and are as of that version.
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
    dividends = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    fees = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    dismissed = models.JSONField(default=list, blank=True, help_text="Actions not to be booked")
    book_dividends = models.BooleanField(default=True)
    invested = models.FloatField(default=0.0)
    value = models.FloatField(null=True, db_index=True)
    today = models.FloatField(null=True)
    profit = models.FloatField(null=True)
    return_1y = models.FloatField(null=True, db_index=True)
    total_return = models.FloatField(null=True, db_index=True)
    valued_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["investor", "name"], name="one_portfolio_name"),
        ]
        permissions = [
            ("export_exposure", "Can export lists of customers exposed to a stock or sector")
        ]

    def __str__(self):
        return f"{self.name} of C-{self.investor_number}"


class BookedAction(models.Model):
    """A corporate action of the market that was looked through all ledgers."""

    key = models.CharField(max_length=80, unique=True)
    symbol = models.CharField(max_length=30)
    ex_date = models.DateField()
    at = models.DateTimeField()

    def __str__(self):
        return self.key


class Kind(models.TextChoices):
    BUY = "buy", "Buy"
    SELL = "sell", "Sell"
    DIVIDEND = "dividend", "Dividend"
    SPLIT = "split", "Split"
    BONUS = "bonus", "Bonus issue"
    RIGHTS = "rights", "Rights issue"
    MERGER = "merger", "Merger"
    DEMERGER = "demerger", "Demerger"
    FEE = "fee", "Fee"
    TRANSFER_IN = "transfer_in", "Transfer in"
    TRANSFER_OUT = "transfer_out", "Transfer out"


class Origin(models.TextChoices):
    ENTERED = "entered", "Entered"
    IMPORT = "import", "Imported"
    MARKET = "market", "Booked from the market's corporate actions"
    API = "api", "By the API"
    DEMO = "demo", "Demo"


class Transaction(models.Model):
    """One line of the ledger; `portfolios.domain.entries.Entry` says what its fields mean.

    `shares` to `paid` are what the entry moved as the ledger stands, where that follows from
    what was held: a cache like the portfolio's positions, for reads of all customers at once.
    """

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="transactions")
    investor_number = models.BigIntegerField(db_index=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    symbol = models.CharField(max_length=30, blank=True)
    trade_date = models.DateField()
    quantity = models.IntegerField(default=0)
    price = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    charges = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    cash = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    ratio = models.CharField(max_length=20, blank=True, help_text="As 5 or 3/2")
    into = models.CharField(max_length=30, blank=True)
    cost_share = models.DecimalField(max_digits=9, decimal_places=8, default=0)
    acquired = models.DateField(null=True, blank=True)
    fair = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    time = models.CharField(max_length=8, blank=True)
    action = models.CharField(max_length=80, blank=True)
    shares = models.DecimalField(max_digits=20, decimal_places=8, default=0)
    into_shares = models.DecimalField(max_digits=20, decimal_places=8, default=0)
    moved = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    paid = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    is_sip = models.BooleanField(default=False, help_text="Part of a regular plan")
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.ENTERED)
    batch = models.CharField(max_length=32, blank=True, help_text="The import it came with")
    note = models.CharField(max_length=200, blank=True)
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
        return f"{self.kind} {self.quantity or ''} {self.symbol} on {self.trade_date}"

    @property
    def amount(self):
        """Rupees paid with charges, or received net of them; cost of shares transferred in."""
        if self.kind == Kind.FEE:
            return self.cash + self.charges
        if self.kind in (Kind.BUY, Kind.RIGHTS, Kind.TRANSFER_IN):
            return self.quantity * self.price + self.charges
        if self.kind == Kind.SELL:
            return self.quantity * self.price - self.charges
        return self.paid


class LedgerChange(models.Model):
    """An entry that was edited or deleted: who, when, before and after. Never changed itself."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="changes")
    investor_number = models.BigIntegerField(db_index=True, editable=False)
    sequence = models.BigIntegerField(help_text="Of the entry")
    action = models.CharField(max_length=8, choices=[("edited", "Edited"), ("deleted", "Deleted")])
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    before = models.JSONField()
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["portfolio", "sequence", "-at"])]

    def __str__(self):
        return f"Entry {self.sequence} {self.action}"


class ImportState(models.TextChoices):
    READING = "reading", "Being read"
    UNMAPPED = "unmapped", "Its columns have to be named"
    PLANNING = "planning", "Being compared with the ledger"
    PLANNED = "planned", "Ready to be looked at"
    COMMITTING = "committing", "Being booked"
    COMMITTED = "committed", "Booked"
    UNDONE = "undone", "Taken back"
    REFUSED = "refused", "Not taken"


class ImportBatch(models.Model):
    """A file on its way into the ledger: nothing of it is booked before its owner says so.

    `file` holds the bytes until they are read, then the tables as compressed JSON; both it and
    `plan` are cleared once it is booked or refused.
    """

    investor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    investor_number = models.BigIntegerField(db_index=True, editable=False)
    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="imports")
    name = models.CharField(max_length=120, help_text="Of the file")
    label = models.CharField(max_length=80, blank=True, help_text="What the file is")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.READING)
    words = models.CharField(max_length=300, blank=True, help_text="What happened, in a sentence")
    file = models.BinaryField(null=True, editable=False)
    is_read = models.BooleanField(default=False)
    mapping = models.JSONField(null=True, blank=True, help_text="Columns named by the investor")
    choices = models.JSONField(default=dict, blank=True)
    plan = models.BinaryField(null=True, editable=False)
    counts = models.JSONField(default=dict, blank=True)
    rows = models.IntegerField(default=0)
    done = models.IntegerField(default=0, help_text="Per cent of the work that goes on")
    added = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["investor", "-created_at"])]

    def __str__(self):
        return f"{self.name}: {self.get_state_display()}"

    @property
    def is_working(self):
        return self.state in (ImportState.READING, ImportState.PLANNING, ImportState.COMMITTING)


class ImportMapping(models.Model):
    """Which column of an investor's own kind of file holds what."""

    investor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    investor_number = models.BigIntegerField(db_index=True, editable=False)
    name = models.CharField(max_length=80)
    holds = models.CharField(max_length=8)
    columns = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["investor", "name"], name="one_mapping_name"),
        ]

    def __str__(self):
        return self.name


class PeriodRoll(models.Model):
    """Which portfolio has which place in the points of a block; places are never given anew.

    `waiting` are places whose points are being written or have to be: readers leave them out.
    """

    block = models.IntegerField(unique=True)
    keys = models.BinaryField(help_text="Keys of portfolios: 12 bytes each, zero where erased")
    numbers = models.BinaryField(help_text="Customer numbers: little-endian int64")
    waiting = models.BinaryField(default=b"", help_text="Places: little-endian int32")
    source = models.CharField(max_length=12, blank=True, help_text="Of the prices")
    built_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"Block {self.block}"


class PeriodPoint(models.Model):
    """Where the portfolios of a block stood at the end of a session (`domain/series.py`)."""

    block = models.IntegerField()
    session = models.DateField()
    level = models.BinaryField(help_text="Little-endian float32, as value and gain are")
    value = models.BinaryField()
    gain = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "block"], name="one_point"),
        ]
        indexes = [models.Index(fields=["block", "session"])]

    def __str__(self):
        return f"Block {self.block} on {self.session}"


class HoldingBlock(models.Model):
    """What some thousand portfolios hold, as columns, from one run of the valuation.

    Readers take the newest run whose last block is there, so that they see all of one run.
    """

    run = models.DateTimeField(help_text="When the valuation began")
    block = models.IntegerField()
    is_last = models.BooleanField(default=False)
    numbers = models.BinaryField(help_text="Customer of each portfolio: little-endian int64")
    owner = models.BinaryField(help_text="Place in numbers: little-endian int32")
    symbol = models.BinaryField(help_text="Place in symbols: little-endian int32")
    quantity = models.BinaryField(help_text="Little-endian float64")
    symbols = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "block"], name="one_holding_block")]

    def __str__(self):
        return f"Block {self.block} of {self.run:%Y-%m-%d %H:%M}"
