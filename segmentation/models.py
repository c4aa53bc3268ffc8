"""Who is alike: customers' features, clustering runs, segments and memberships."""

from django.conf import settings
from django.db import models
from django_mongodb_backend.fields import EmbeddedModelArrayField
from django_mongodb_backend.models import EmbeddedModel

from segmentation.domain.disagreement import OUTCOMES


class Customer(models.Model):
    """One investor as segmentation and staff lists see them: a read model, always rebuildable.

    Only customers who consent to profiling are here. Feature columns are plain fields, so that
    a columnar read of all customers touches no nested document. `segment_key` repeats the
    membership in the published run, because lists filter by it; what a segment is called and
    which tier it is in is the segment's to say.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="customer"
    )
    number = models.BigIntegerField("customer number", unique=True)
    email = models.EmailField(db_index=True)
    annual_income = models.FloatField(null=True)
    savings_rate = models.FloatField(null=True)
    risk_score = models.FloatField("stated risk", null=True)
    sector_mask = models.BigIntegerField(default=0)
    portfolio_value = models.FloatField(null=True, db_index=True)
    invested = models.FloatField(null=True)
    total_return = models.FloatField(null=True, db_index=True)
    return_1y = models.FloatField(null=True)
    trades_per_month = models.FloatField(null=True)
    turnover = models.FloatField(null=True)
    median_holding_days = models.FloatField(null=True)
    small_cap_share = models.FloatField(null=True)
    effective_holdings = models.FloatField(null=True)
    volatility_held = models.FloatField(null=True)
    falls_net_buying = models.FloatField(null=True)
    sip_share = models.FloatField(null=True)
    revealed_risk = models.FloatField(null=True, db_index=True)
    stated_class = models.CharField(max_length=6, blank=True)
    risk_class = models.CharField(max_length=6, blank=True)
    disagrees = models.BooleanField("states one risk class, reveals another", default=False)
    mismatch = models.FloatField("how much the disagreement matters", null=True)
    direction = models.CharField(max_length=8, blank=True, help_text="bolder or cautious")
    case_state = models.CharField(max_length=6, blank=True, help_text="Repeats the case's state")
    segment_key = models.CharField(max_length=20, blank=True)
    features_at = models.DateTimeField(null=True)
    draw = models.BigIntegerField(null=True, help_text="Place in the line an even sample is cut of")

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["segment_key", "-portfolio_value"]),
            models.Index(fields=["risk_class", "-portfolio_value"]),
            models.Index(fields=["disagrees", "-portfolio_value"]),
            models.Index(fields=["annual_income"]),
            models.Index(fields=["risk_score"]),
            models.Index(fields=["return_1y"]),
            models.Index(fields=["case_state", "direction", "-mismatch"]),
            models.Index(fields=["draw"]),
        ]

    def __str__(self):
        return f"C-{self.number}"


class RunStatus(models.TextChoices):
    RUNNING = "running", "Running"
    READY = "ready", "Ready to publish"
    FAILED = "failed", "Failed"


class RunReason(models.TextChoices):
    FIRST = "first", "First run"
    SCHEDULE = "schedule", "Schedule"
    STAFF = "staff", "Staff"
    DRIFT = "drift", "Drift of the customers"


class SegmentationRun(models.Model):
    """One clustering of all consenting customers, with everything needed to judge and reuse it.

    `heartbeat_at` moves with the progress; a running run whose heart stopped has died.
    `picture` belongs to the customers as they are now, and moves with them while published;
    `baseline` stays as it was at training. `gates` are judged against the run published then.
    """

    number = models.BigIntegerField(unique=True)
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.RUNNING)
    stage = models.CharField(max_length=60, blank=True)
    progress = models.FloatField(default=0.0, help_text="0 to 1")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=10, choices=RunReason, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    features_state = models.CharField(
        max_length=32, blank=True, help_text="Of the publication, when customers began to be read"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approval_note = models.TextField(blank=True)
    job = models.CharField(max_length=64, blank=True, help_text="Id of the background job")
    error = models.TextField(blank=True)
    features_as_of = models.DateField(null=True, blank=True)
    random_state = models.IntegerField(default=0)
    pinned_k = models.IntegerField(null=True, blank=True)
    k = models.IntegerField(null=True, blank=True)
    customers = models.BigIntegerField(default=0)
    comparison = models.JSONField(default=list, help_text="Quality and stability of each k tried")
    alternatives = models.JSONField(
        null=True, help_text="Other methods on the same customers, and what transforms do"
    )
    quality = models.JSONField(default=dict)
    drift = models.JSONField(default=dict)
    gates = models.JSONField(null=True, help_text="What was judged before publication")
    baseline = models.JSONField(null=True, help_text="What drift is measured from")
    model = models.JSONField(default=dict, help_text="Fitted scaling, centroids, projection")
    picture = models.JSONField(default=dict, help_text="Scatter sample and aggregate cube")

    class Meta:
        ordering = ["-number"]
        indexes = [models.Index(fields=["status", "-number"])]

    def __str__(self):
        return f"Run {self.number}"


class Segment(models.Model):
    run = models.ForeignKey(SegmentationRun, on_delete=models.CASCADE, related_name="segments")
    key = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    tier = models.CharField(max_length=6)
    risk_class = models.CharField(max_length=6)
    customers = models.BigIntegerField(default=0)
    total_value = models.FloatField(default=0.0)
    average_value = models.FloatField(null=True)
    profile = models.JSONField(default=dict, help_text="Feature means against all customers")
    holdings = models.JSONField(
        default=list, help_text="Symbols and the share of members with them"
    )

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="one_segment_key")]

    def __str__(self):
        return self.name


class MembershipBlock(models.Model):
    """The segments a run put some thousand customers in, as columns (`domain/blocks.py`).

    A block holds the customers numbered from `first` up to where the next one starts. `version`
    grows with every write, so that changing one customer can be a conditional update.
    """

    run = models.ForeignKey(
        SegmentationRun, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    first = models.BigIntegerField()
    customers = models.IntegerField(default=0)
    numbers = models.BinaryField(help_text="Customer numbers, ascending: little-endian int64")
    labels = models.BinaryField(help_text="Index into keys: uint8")
    keys = models.JSONField(default=list)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "first"], name="one_block")]

    def __str__(self):
        return f"{self.customers} from C-{self.first}"


class TrainedPlace(models.Model):
    """Where a run put a customer when it was trained: a sample that stays, to measure drift from.

    A membership follows its customer while the run is published, and so forgets.
    """

    run = models.ForeignKey(
        SegmentationRun, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    number = models.BigIntegerField(db_index=True)
    segment_key = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_trained_place")]

    def __str__(self):
        return f"C-{self.number} in {self.segment_key}"


class DriftReading(models.Model):
    """How far customers were, on one look, from those the published run was trained on."""

    at = models.DateTimeField(unique=True)
    run = models.ForeignKey(SegmentationRun, on_delete=models.CASCADE, related_name="readings")
    customers = models.BigIntegerField(default=0)
    sampled = models.BigIntegerField(default=0)
    measures = models.JSONField(default=list, help_text="Value, bounds and level of each")
    level = models.CharField(max_length=10, help_text="stable, moderate or large")
    asked = models.BooleanField("a retrain was asked for", default=False)

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"Drift of {self.at:%Y-%m-%d %H:%M}"


class Publication(models.Model):
    """The pointer to the published run: the one document a publication moves.

    It also says who works: claims are conditional updates of this document, so that two
    workers never train or assign at once. `settled` is False between the first and the last
    write of an assignment; whoever finds it so repeats the assignment from the beginning.
    """

    CURRENT = "current"
    WRITING = "~"
    """What the name of a state of features begins with until they are written."""

    name = models.CharField(max_length=10, unique=True, default=CURRENT)
    run = models.ForeignKey(
        SegmentationRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    watermark = models.DateTimeField(null=True, help_text="Changes up to here are in the features")
    features_state = models.CharField(
        max_length=32,
        blank=True,
        help_text="Names what customers' features are now, or who is writing them",
    )
    settled = models.BooleanField(default=True)
    version = models.BigIntegerField(default=0, help_text="Grows with every change of the picture")
    training = models.BigIntegerField(null=True, help_text="Number of the run being trained")
    training_until = models.DateTimeField(null=True)
    assigning_until = models.DateTimeField(null=True)
    drift_asked_at = models.DateTimeField(null=True, help_text="Last retrain asked for by drift")

    def __str__(self):
        return f"Published: {self.run}"

    @property
    def features_known(self) -> str:
        """The name of what customers' features are; empty while they are written."""
        return "" if self.features_state.startswith(self.WRITING) else self.features_state


class CaseState(models.TextChoices):
    """An open case without a document is one that nobody has touched yet."""

    OPEN = "open", "Open again"
    TAKEN = "taken", "Taken"
    DONE = "done", "Done"
    CLOSED = "closed", "Closed by itself"


class CaseStep(EmbeddedModel):
    """One line of a case's trail; `by` is empty where the case moved by itself."""

    at = models.DateTimeField()
    step = models.CharField(max_length=120)
    by = models.CharField(max_length=254, blank=True)
    note = models.TextField(blank=True)

    def __str__(self):
        return self.step


class RiskCase(models.Model):
    """What advisers did about a customer whose questionnaire and behaviour disagree.

    There is one document a customer, written when somebody takes the case: what nobody has touched
    stands in `Customer` alone (`direction`, `mismatch`), so that the queue costs nothing to keep.
    `stated_class` and `risk_class` are those it was last taken or finished with.
    """

    number = models.BigIntegerField("customer number", unique=True)
    state = models.CharField(max_length=6, choices=CaseState, default=CaseState.TAKEN)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_at = models.DateTimeField(null=True)
    stated_class = models.CharField(max_length=6, blank=True)
    risk_class = models.CharField(max_length=6, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)
    follow_up = models.DateField(null=True, blank=True)
    changed_at = models.DateTimeField()
    trail = EmbeddedModelArrayField(CaseStep, default=list)

    class Meta:
        ordering = ["-changed_at"]
        indexes = [models.Index(fields=["state", "follow_up"])]

    def __str__(self):
        return f"Risk case of C-{self.number}"

    @property
    def outcome_words(self):
        return OUTCOMES.get(self.outcome, "")


class SavedFilter(models.Model):
    """A named choice of customers; `document` is one that `CustomerFilter` has checked."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters"
    )
    name = models.CharField(max_length=80)
    document = models.JSONField(default=dict)
    shared = models.BooleanField("for all staff", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_filter_name")]
        indexes = [models.Index(fields=["shared", "name"])]

    def __str__(self):
        return self.name


class SegmentRanking(models.Model):
    """What is known of the segments of a run as of one day: sums and medians, nobody's own data.

    `facts` are documents of `domain.ranking.SegmentFacts`; a segment page reads this one document,
    however many customers there are.
    """

    run = models.OneToOneField(SegmentationRun, on_delete=models.CASCADE, related_name="ranking")
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    former_run = models.BigIntegerField(null=True, help_text="Number of the run published before")
    benchmark_1y = models.FloatField(null=True)
    high_value_from = models.FloatField(null=True)
    rates = models.JSONField(default=list, help_text="Dated brokerage rates it was estimated at")
    facts = models.JSONField(default=list)

    def __str__(self):
        return f"Ranking of {self.run}"


class QuietCustomer(models.Model):
    """A high-value customer who took money out or stopped trading, with the figures that say so.

    All are written anew each night; at most a tenth of all customers can be here.
    """

    number = models.BigIntegerField("customer number", unique=True)
    segment_key = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, help_text="Key of domain.quiet.KINDS")
    before = models.FloatField("value 90 days ago")
    now = models.FloatField("value", null=True)
    net_money = models.FloatField("net money since")
    last_trade = models.DateField(null=True)
    gap = models.FloatField("median days between trading days", null=True)
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["-before"]
        indexes = [
            models.Index(fields=["segment_key", "-before"]),
            models.Index(fields=["-before"]),
        ]

    def __str__(self):
        return f"C-{self.number}, quiet"


class CampaignState(models.TextChoices):
    BEGUN = "begun", "Begun"
    DONE = "done", "Exported"
    CUT_SHORT = "cut", "Cut short"


class Campaign(models.Model):
    """One list of customers that left the house: who took it, for what, and its digest.

    The list itself is not stored. `digest` is the SHA-256 of the file, so that a file found later
    can be told to be this one.
    """

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    purpose = models.CharField(max_length=20)
    consent = models.CharField(max_length=30, help_text="Purpose of consent that was needed")
    note = models.TextField(blank=True)
    document = models.JSONField(default=dict, help_text="The filter")
    fields = models.JSONField(default=list, help_text="Columns of the file")
    run_number = models.BigIntegerField()
    matched = models.BigIntegerField(help_text="Customers the filter meant")
    left_out = models.BigIntegerField(help_text="Of them, without the consent that was needed")
    listed = models.BigIntegerField(default=0, help_text="Rows of the file")
    digest = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=5, choices=CampaignState, default=CampaignState.BEGUN)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["-at"])]
        permissions = [("export_campaign", "Can export lists of customers for a campaign")]

    def __str__(self):
        return f"Campaign list of {self.at:%Y-%m-%d %H:%M}"
