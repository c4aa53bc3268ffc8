"""When background work runs: the static schedule of Celery beat, in Asia/Kolkata.

Names are those of the tasks; what each does stands beside the task.
"""

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
