"""What the machine did: one record a background job."""

from django.conf import settings
from django.db import models


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    RETRYING = "retrying", "Waiting to retry"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"


class JobRun(models.Model):
    """One run of a Celery task, kept until `expires_at` (an index of MongoDB's removes it).

    Runs of a routine task that found work are one record a day: `runs` of them, which together
    did `counted` and took `seconds`.
    """

    task_id = models.CharField(max_length=64, unique=True)
    name = models.CharField("job", max_length=120)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    retries = models.IntegerField(default=0)
    summary = models.TextField(blank=True, help_text="What the job said it did")
    runs = models.IntegerField(default=1)
    counted = models.BigIntegerField(null=True)
    error = models.TextField(blank=True)
    changed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at"]
        indexes = [
            models.Index(fields=["-changed_at"]),
            models.Index(fields=["state", "-changed_at"]),
            models.Index(fields=["name", "-changed_at"]),
        ]
        default_permissions = ("view", "change")

    def __str__(self):
        return f"{self.name} ({self.get_state_display().lower()})"
