"""What every provider keeps to, whatever its source; and what is particular to two of them."""

import gzip
from datetime import UTC, date, datetime

import numpy as np
import pytest

from market.domain.bars import Bars, reject_reasons
from market.domain.reference import equities, index_constituents
from market.domain.simulation import SimulatedMarket
from market.domain.tape import session_start_ms, tape_from_bars
from market.providers.base import BadAnswer, History
from market.providers.replay import ReplayProvider, read_tape_file
from market.providers.simulated import SimulatedProvider
from market.providers.yahoo import YahooProvider
from tests.market.yahoo_server import YahooLike

DAYS = np.array(["2025-06-02", "2025-06-03", "2025-06-04"], "datetime64[D]")
START, END = date(2025, 6, 2), date(2025, 6, 3)


def bars_of(level):
    close = level * np.array([1.0, 1.02, 0.99])
    return Bars(
        DAYS, close * 0.99, close * 1.01, close * 0.98, close, close, np.array([900, 800, 700])
    )


@pytest.fixture
def yahoo():
    with YahooLike({"TCS.NS": bars_of(3000.0), "^NSEI": bars_of(24_000.0)}) as server:
        yield YahooProvider(server.session(), timeout=2.0, attempts=1)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def day_tape(day):
    rows = {}
    for symbol, level in (("TCS", 3000.0), ("NIFTY50", 24_000.0)):
        bars, row = bars_of(level), int(np.searchsorted(DAYS, np.datetime64(day)))
        before = bars.close[row - 1] if row else np.nan
        rows[symbol] = (
            *(float(getattr(bars, n)[row]) for n in ("open", "high", "low", "close")),
            float(before),
            int(bars.volume[row]),
        )
    return tape_from_bars(day, rows)


def stored(symbols, start, end):
    known = {"TCS": bars_of(3000.0), "NIFTY50": bars_of(24_000.0)}
    chosen = (np.datetime64(start) <= DAYS) & (np.datetime64(end) >= DAYS)
    return History(bars={s: known[s].take(chosen) for s in symbols if s in known})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def replay(clock):
    sessions = [date(2025, 6, 3), date(2025, 6, 4)]
    provider = ReplayProvider(sessions, day_tape, stored, speed=10.0, monotonic=clock)
    clock.seconds = 60.0
    return provider


@pytest.fixture(scope="module")
def market():
    return SimulatedMarket(equities(), index_constituents())


@pytest.fixture
def simulated(market):
    provider = SimulatedProvider(market, now=lambda: datetime(2025, 6, 4, 6, 0, tzinfo=UTC))
    closes = provider.history(["TCS", "NIFTY50"], END, END).bars
    provider.start_session({symbol: bars.close[-1] for symbol, bars in closes.items()})
    return provider


@pytest.fixture(params=["yahoo", "replay", "simulated"])
def provider(request):
    return request.getfixturevalue(request.param)


def test_says_who_it_is(provider):
    assert provider.name in ("yahoo", "replay", "simulated")
    assert provider.source in ("yahoo", "file", "simulated")
    assert isinstance(provider.session_date, date)
    assert provider.pause > 0
    assert provider.clock().tzinfo is not None


def test_history_holds_the_days_asked_for_and_nothing_that_would_be_refused(provider):
    answer = provider.history(["TCS", "NIFTY50"], START, END)
    assert set(answer.bars) == {"TCS", "NIFTY50"}
    for bars in answer.bars.values():
        assert bars.dates.astype(str).tolist() == ["2025-06-02", "2025-06-03"]
        assert bars.volume.dtype == np.int64
        found = reject_reasons(np.zeros(2, int), bars, today=np.datetime64("2025-06-30"))
        assert found.tolist() == [-1, -1]


def test_quotes_are_of_known_symbols_and_of_its_source(provider):
    answer = provider.quotes(["TCS", "NIFTY50", "NOSUCH"])
    assert set(answer.quotes) == {"TCS", "NIFTY50"}
    for quote in answer.quotes.values():
        assert quote.source == provider.source
        assert quote.at.tzinfo is not None
        assert quote.low <= quote.price <= quote.high
        assert quote.price > 0
    assert [(p.symbol, p.kind) for p in answer.problems] == [("NOSUCH", "unknown_symbol")]


def test_an_unknown_symbol_has_no_history(provider):
    assert "NOSUCH" not in provider.history(["TCS", "NOSUCH"], START, END).bars


def test_replay_ends_on_the_stored_bar_and_goes_on_with_the_next_session(replay, clock):
    first = replay.quotes(["TCS"]).quotes["TCS"]
    # 60 s at ten times the speed: 600 s after the first trade, at 09:15 or in its 15 s.
    opening = session_start_ms(date(2025, 6, 3)) + (9 * 3600 + 15 * 60) * 1000
    assert opening + 585_000 <= first.at.timestamp() * 1000 <= opening + 615_000
    assert first.previous_close == 3000.0
    assert replay.quotes(["TCS"]).quotes == {}
    clock.seconds += 3_000
    last = replay.quotes(["TCS", "NIFTY50"]).quotes["TCS"]
    assert last.price == pytest.approx(3060.0)
    assert last.open == pytest.approx(3060 * 0.99)
    assert last.high == pytest.approx(3060 * 1.01, abs=0.05)
    assert last.low == pytest.approx(3060 * 0.98, abs=0.05)
    assert last.volume == 800
    replay.quotes(["TCS"])
    assert replay.session_date == date(2025, 6, 4)


def test_replay_needs_sessions_and_a_positive_speed():
    with pytest.raises(ValueError, match="no session"):
        ReplayProvider([], day_tape, stored)
    with pytest.raises(ValueError, match="positive"):
        ReplayProvider([END], day_tape, stored, speed=0)


def test_tick_file(tmp_path):
    path = tmp_path / "2022-08-19.csv.gz"
    with gzip.open(path, "wt") as handle:
        handle.write("ts,ltp\n2022-08-19 09:15:00,17789.0\n2022-08-19 09:15:02,17794.4\n")
    tape = read_tape_file(path)
    assert (tape.session_date, tape.symbols) == (date(2022, 8, 19), ("NIFTY50",))
    assert tape.price.tolist() == [17789.0, 17794.4]
    # 09:15 IST is 03:45 UTC.
    assert datetime.fromtimestamp(tape.at[0] / 1000, UTC) == datetime(
        2022, 8, 19, 3, 45, tzinfo=UTC
    )


def test_minute_file_counts_volume_up(tmp_path):
    path = tmp_path / "minutes.csv"
    path.write_text(
        "symbol,date,open,high,low,close,volume\n"
        "TCS,2016-09-12 09:15:00,100,103,99,102,10\n"
        "TCS,2016-09-12 09:16:00,102,104,101,104,5\n"
        "INFY,2016-09-12 09:15:00,50,51,49,50,7\n"
    )
    tape = read_tape_file(path)
    tcs = tape.symbol == tape.symbols.index("TCS")
    assert tape.price[tcs].tolist() == [100, 103, 99, 102, 102, 104, 101, 104]
    assert tape.volume[tcs].tolist() == [10, 10, 10, 10, 15, 15, 15, 15]
    assert tape.volume[~tcs].tolist() == [7, 7, 7, 7]
    assert (np.diff(tape.at) >= 0).all()


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "ts,ltp\n", ""])
def test_a_file_that_is_no_tape_says_so(tmp_path, text):
    path = tmp_path / "odd.csv"
    path.write_text(text)
    with pytest.raises(BadAnswer):
        read_tape_file(path)


def test_simulated_session_begins_anew_after_midnight(market):
    now = [datetime(2025, 6, 3, 18, 0, tzinfo=UTC)]  # 23:30 IST
    provider = SimulatedProvider(market, now=lambda: now[0])
    provider.start_session({"TCS": 3000.0})
    first = provider.quotes(["TCS"]).quotes["TCS"]
    assert (provider.session_date, first.previous_close) == (date(2025, 6, 3), 3000.0)
    now[0] = datetime(2025, 6, 3, 19, 0, tzinfo=UTC)  # 00:30 IST on the 4th
    second = provider.quotes(["TCS"]).quotes["TCS"]
    assert provider.session_date == date(2025, 6, 4)
    assert second.previous_close == first.price


def test_simulated_session_resumes_its_quotes(market):
    now = datetime(2025, 6, 3, 9, 0, tzinfo=UTC)
    provider = SimulatedProvider(market, now=lambda: now)
    provider.start_session({"TCS": 3000.0})
    before = provider.quotes(["TCS"]).quotes
    again = SimulatedProvider(market, now=lambda: now)
    again.start_session({"TCS": 3000.0}, quotes=before)
    after = again.quotes(["TCS"]).quotes["TCS"]
    assert after.open == before["TCS"].open
    assert after.volume >= before["TCS"].volume
    # At most a moment has passed: no more than the spread and a few ticks.
    assert after.price == pytest.approx(before["TCS"].price, rel=0.005)
