"""Sessions and hours of the NSE against its published circulars and index data."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from market.domain.calendar import IST, nse_calendar

NSE = Path("../shared/data/nse")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=IST)


@pytest.mark.parametrize(
    "day",
    [
        "2019-10-27",
        "2020-02-01",
        "2020-11-14",
        "2023-11-12",
        "2024-01-20",
        "2024-03-02",
        "2024-05-18",
        "2024-11-01",
        "2025-02-01",
        "2025-10-21",
        "2026-02-01",
    ],
)
def test_special_sessions_are_sessions(day):
    assert nse_calendar().is_session(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2024-08-15", "2024-10-02", "2025-12-25", "2025-03-01"])
def test_holidays_and_weekends_are_not(day):
    assert not nse_calendar().is_session(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("instant", "state", "label"),
    [
        ("2025-06-02T09:05", "pre_open", "Pre-open until 09:15"),
        ("2025-06-02T09:15", "open", "Open until 15:30"),
        ("2025-06-02T15:29", "open", "Open until 15:30"),
        ("2025-06-02T15:30", "closed", "Closed, opens 03 Jun"),
        ("2025-06-02T15:45", "post_close", "Post-close until 16:00"),
        ("2025-06-02T08:00", "closed", "Closed, opens 09:00"),
        ("2025-06-06T20:00", "closed", "Closed, opens 09 Jun"),
        ("2025-06-07T12:00", "holiday", "Holiday, opens 09 Jun"),
        # Since 3 August 2026 the close is an auction from 15:15 to 15:35.
        ("2026-08-03T15:14", "open", "Open until 15:15"),
        ("2026-08-03T15:20", "closing_auction", "Closing auction until 15:35"),
        ("2026-07-31T15:20", "open", "Open until 15:30"),
        ("2026-08-03T15:55", "post_close", "Post-close until 16:00"),
        # Muhurat trading of 2024: one hour in the evening.
        ("2024-11-01T12:00", "closed", "Closed, opens 18:00"),
        ("2024-11-01T18:30", "open", "Open until 19:00"),
    ],
)
def test_state_and_label(instant, state, label):
    assert nse_calendar().state_at(at(instant)) == state
    assert nse_calendar().label_at(at(instant)) == label


def test_close_is_made_at_the_end_of_the_auction():
    assert nse_calendar().close_time(date(2026, 7, 31)) == at("2026-07-31T15:30")
    assert nse_calendar().close_time(date(2026, 8, 3)) == at("2026-08-03T15:35")
    assert nse_calendar().close_time(date(2026, 8, 2)) is None


def test_neighbours_skip_weekends_and_holidays():
    calendar = nse_calendar()
    # 15 and 16 August 2025: Independence Day on a Friday, then a weekend.
    assert calendar.next_session(date(2025, 8, 14)) == date(2025, 8, 18)
    assert calendar.previous_session(date(2025, 8, 18)) == date(2025, 8, 14)
    assert calendar.session_on_or_before(date(2025, 8, 17)) == date(2025, 8, 14)


def test_days_after_the_published_calendar_are_weekdays():
    calendar = nse_calendar()
    last = calendar.sessions[-1].astype(date)
    later = last + timedelta(days=400)
    monday = later + timedelta(days=-later.weekday())
    assert calendar.is_session(monday)
    assert not calendar.is_session(monday + timedelta(days=5))
    week = calendar.sessions_between(monday, monday + timedelta(days=6))
    assert len(week) == 5


@pytest.mark.skipif(not NSE.is_dir(), reason="the real NSE data are not on this machine")
def test_sessions_are_the_days_on_which_indices_were_computed():
    files = ("indices_price.csv.gz", "indices_total_return.csv.gz")
    days = [pd.read_csv(NSE / name)["date"].to_numpy("datetime64[D]") for name in files]
    traded = np.unique(np.concatenate(days))
    traded = traded[traded >= np.datetime64("2017-01-01")]
    sessions = nse_calendar().sessions_between(date(2017, 1, 1), traded[-1].astype(date))
    assert np.setxor1d(traded, sessions).astype(str).tolist() == []


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        # Tuesday 3 June 2025 before and at the pre-open of 09:00, and after the close.
        ("2025-06-03T00:05", "2025-06-02"),
        ("2025-06-03T08:00", "2025-06-02"),
        ("2025-06-03T09:00", "2025-06-03"),
        ("2025-06-03T23:59", "2025-06-03"),
        # Saturday, Sunday, and Monday before the opening are Friday's.
        ("2025-06-07T12:00", "2025-06-06"),
        ("2025-06-08T12:00", "2025-06-06"),
        ("2025-06-09T08:59", "2025-06-06"),
        # Diwali 2025: Muhurat trading from 13:45 only.
        ("2025-10-21T11:00", "2025-10-20"),
        ("2025-10-21T13:45", "2025-10-21"),
    ],
)
def test_a_session_lasts_until_the_next_one_begins(instant, session):
    assert nse_calendar().session_at(at(instant)) == date.fromisoformat(session)


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        ("2025-06-02T15:29", "2025-05-30"),
        ("2025-06-02T15:30", "2025-06-02"),
        ("2025-06-07T15:30", "2025-06-06"),
        ("2025-06-09T07:30", "2025-06-06"),
    ],
)
def test_a_session_is_finished_when_its_close_is_made(instant, session):
    assert nse_calendar().last_finished_session(at(instant)) == date.fromisoformat(session)
