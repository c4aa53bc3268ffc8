"""The nightly chain: end-of-day prices, values, segments, recommendations.

Each link starts when the one before it has succeeded; each may run twice without harm, so a
chain cut short is simply run again.
"""

from celery import chain, shared_task

from market.tasks import store_end_of_day_bars
from portfolios.tasks import store_period_points, value_portfolios
from recommendations.tasks import refresh_recommendations
from segmentation.tasks import rank_segments, retrain_segments


def nightly_chain():
    return chain(
        store_end_of_day_bars.si(),
        value_portfolios.si(yearly=True),
        store_period_points.si(),
        retrain_segments.si(publish=True, reason="schedule"),
        rank_segments.si(),
        refresh_recommendations.si(),
    )


@shared_task
def run_nightly():
    """Start the chain; returns the id of its last task."""
    return nightly_chain().apply_async().id
