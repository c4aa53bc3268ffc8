"""The Celery application: configuration from Django's settings, tasks from every app."""

import os

from celery import Celery

from finseg.heartbeat import WorkerHeartbeat
from finseg.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finseg.settings")

app = Celery("finseg")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["finseg"], related_name="pipeline")
app.autodiscover_tasks(["finseg"], related_name="privacy")
app.conf.beat_schedule = SCHEDULE
app.steps["worker"].add(WorkerHeartbeat)
