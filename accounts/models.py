"""Who uses finseg: users, what investors declare about themselves, and their consent."""

from bson import ObjectId
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django_mongodb_backend.fields import ArrayField, ObjectIdField

from accounts.managers import UserManager


class Role(models.TextChoices):
    INVESTOR = "investor", "Investor"
    STAFF = "staff", "Bank staff"


class User(AbstractUser):
    """A person who signs in with an e-mail address.

    `number` is the customer number: it stands in for the person wherever data of many
    customers is handled, so that columnar reads join on an integer and carry no name.
    """

    # Not the automatic field: that one is an integer by descent, and allauth would write it
    # into the links of its mails as a number.
    id = ObjectIdField(primary_key=True, default=ObjectId, editable=False, db_column="_id")
    username = None
    email = models.EmailField("e-mail address", unique=True)
    number = models.BigIntegerField("customer number", unique=True, editable=False)
    role = models.CharField(max_length=10, choices=Role, default=Role.INVESTOR, db_index=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    def __str__(self):
        # A customer is a number wherever objects are named: in logs, in the audit trail.
        return self.email if self.role == Role.STAFF else self.customer_number

    def save(self, *args, **kwargs):
        if self.number is None:
            self.number = type(self).objects.next_numbers()
        fields = kwargs.get("update_fields")
        if not self._state.adding and (fields is None or "email" in fields):
            self._keep_former_address()
        super().save(*args, **kwargs)

    def _keep_former_address(self):
        # Here and not in a service: allauth, the admin and an erasure all change the address.
        stored = type(self).objects.filter(pk=self.pk).values_list("email", flat=True).first()
        if stored and stored.lower() != self.email.lower():
            FormerAddress.objects.create(user=self, address=stored.lower(), left_at=timezone.now())

    @property
    def customer_number(self):
        return f"C-{self.number}"


class FormerAddress(models.Model):
    """An e-mail address that a user had: records of sign-ins stand under it as long as they last.

    Without it those from before a change of address could neither be handed out nor erased.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_addresses")
    address = models.CharField("e-mail address", max_length=254, db_index=True)
    left_at = models.DateTimeField()

    class Meta:
        ordering = ["-left_at"]

    def __str__(self):
        return f"A former address of {self.user.customer_number}"


class InvestorProfile(models.Model):
    """What an investor declares: income, spending, horizon, sectors, attitude to risk."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    investor_number = models.BigIntegerField(unique=True, editable=False)
    annual_income = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    monthly_spending = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    birth_year = models.IntegerField(null=True, blank=True)
    horizon_years = models.IntegerField(null=True, blank=True)
    preferred_sectors = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sector_mask = models.BigIntegerField(default=0, editable=False)
    risk_answers = ArrayField(models.IntegerField(), default=list, blank=True)
    risk_score = models.FloatField(null=True, blank=True)
    risk_scored_at = models.DateTimeField(null=True, blank=True)
    profiling_consent = models.BooleanField(default=False)
    offers_consent = models.BooleanField("may be written to with offers", default=False)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        permissions = [
            ("view_personal_data", "Can see who a customer is and what they declared"),
        ]

    def __str__(self):
        return f"Profile of C-{self.investor_number}"


class RiskAssessment(models.Model):
    """One completed questionnaire: its answers and the score they earned at the time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="risk_assessments")
    questionnaire_version = models.CharField(max_length=20)
    answers = ArrayField(models.IntegerField())
    score = models.FloatField()
    capacity = models.FloatField()
    willingness = models.FloatField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"Risk score {self.score:.0f} of {self.at:%Y-%m-%d}"


class ConsentEvent(models.Model):
    """One decision about a purpose: kept for good, whatever follows."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consent_events")
    purpose = models.CharField(max_length=30, default="profiling")
    granted = models.BooleanField()
    wording_version = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"{self.purpose} {'granted' if self.granted else 'withdrawn'} {self.at:%Y-%m-%d}"


class Look(models.Model):
    """One look of bank staff at one customer's data: the customer's side of the audit trail."""

    number = models.BigIntegerField("customer number")
    what = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["number", "-at"])]

    def __str__(self):
        return f"Look at C-{self.number}"


class Erasure(models.Model):
    """An account that its owner had erased: the number, the dates, and nothing about the person.

    It is written before anything is deleted, so that an erasure that was cut short is found and
    finished. `decisions` are the former consents, which the bank has to be able to prove.
    """

    number = models.BigIntegerField("customer number", unique=True)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, db_index=True)
    decisions = models.JSONField(default=list)
    deleted = models.JSONField(default=dict, help_text="How many documents of each kind")

    class Meta:
        ordering = ["-requested_at"]

    def __str__(self):
        return f"Erasure of C-{self.number}"


class ApiToken(models.Model):
    """A key to the API that its owner made; the key itself is shown once and not kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    shown = models.CharField(max_length=16, help_text="Its first characters")
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.name} ({self.shown}…)"
