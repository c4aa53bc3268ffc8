"""When background work runs: the static schedule of Celery beat, in Asia/Kolkata.

Names are those of the tasks; what each does stands beside the task.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from celery.schedules import crontab

SCHEDULE = {
    "changed customers reach their segment": {
        "task": "segmentation.tasks.refresh_changed_segments",
        "schedule": 2.0,
        "options": {"expires": 10},
    },
    "cases of stated against revealed risk are followed up": {
        "task": "segmentation.tasks.follow_up_cases",
        "schedule": crontab(minute=5),
        "options": {"expires": 3000},
    },
    "segments of another run are ranked": {
        "task": "segmentation.tasks.rank_segments",
        "schedule": crontab(minute="*/5"),
        "kwargs": {"only_if_missing": True},
        "options": {"expires": 280},
    },
    "customers are held against those the published run was trained on": {
        "task": "segmentation.tasks.watch_drift",
        "schedule": crontab(minute=45, hour="*/6"),
        "options": {"expires": 3600},
    },
    "portfolio values follow the market": {
        "task": "portfolios.tasks.value_portfolios",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 280},
    },
    "history and corporate actions are brought up to date": {
        "task": "market.tasks.refresh_history",
        "schedule": crontab(minute=15, hour="*/6"),
        "options": {"expires": 3600},
    },
    "what companies owe is asked again, each company once a week": {
        "task": "market.tasks.refresh_companies_debt",
        "schedule": crontab(minute=40, hour=4),
        "options": {"expires": 6 * 3600},
    },
    "erasures that were cut short are finished": {
        "task": "finseg.privacy.finish_erasures",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "what is past its time is forgotten": {
        "task": "accounts.tasks.forget_expired",
        "schedule": crontab(minute=10, hour=3),
        "options": {"expires": 3600},
    },
    "files that were never booked are forgotten": {
        "task": "portfolios.tasks.forget_expired_imports",
        "schedule": crontab(minute=20, hour=3),
        "options": {"expires": 3600},
    },
    "past recommendations are judged": {
        "task": "recommendations.tasks.judge_past_picks",
        "schedule": crontab(minute=30, hour=3, day_of_week="sunday"),
        "options": {"expires": 6 * 3600},
    },
    "the nightly chain": {
        "task": "finseg.pipeline.run_nightly",
        "schedule": crontab(minute=30, hour=18),
        "options": {"expires": 6 * 3600},
    },
}

ZONE = ZoneInfo("Asia/Kolkata")


def next_due(task, now):
    """When a scheduled task is next put in the queue.

    Parameters
    ----------
    task : str
        Its name; one with a crontab.
    now : datetime
        Aware.

    Returns
    -------
    datetime or None
        In Asia/Kolkata; None for a task that is not on the schedule.
    """
    here = now.astimezone(ZONE)
    times = [
        here + _until(entry["schedule"], here)
        for entry in SCHEDULE.values()
        if entry["task"] == task and isinstance(entry["schedule"], crontab)
    ]
    return min((time.replace(microsecond=0) for time in times), default=None)


def _until(schedule, now) -> timedelta:
    same = crontab(
        minute=schedule._orig_minute,
        hour=schedule._orig_hour,
        day_of_week=schedule._orig_day_of_week,
        day_of_month=schedule._orig_day_of_month,
        month_of_year=schedule._orig_month_of_year,
        nowfun=lambda: now,
    )
    return same.remaining_estimate(now)
