"""Errors of the database that background work is tried again after."""

import pytest
from django.db import DatabaseError

from accounts.tasks import forget_expired
from portfolios.tasks import value_portfolios
from recommendations.tasks import judge_past_picks, refresh_recommendations


@pytest.mark.parametrize(
    "task", [forget_expired, value_portfolios, refresh_recommendations, judge_past_picks]
)
def test_an_error_of_the_orm_is_retried(task):
    # The backend turns the driver's errors into Django's wherever the ORM is used.
    assert DatabaseError in task.autoretry_for
