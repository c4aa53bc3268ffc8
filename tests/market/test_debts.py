"""Companies' debts from Yahoo's own protocol, a file, and the simulated market."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from market import livestore, services, tasks
from market.debtloads import import_debts, refresh_debts, store_debts
from market.debts import companies_due, debt_coverage, latest_debts
from market.domain.debts import Debt
from market.domain.instruments import InstrumentFacts
from market.models import CompanyDebt, DebtCheck
from market.providers.base import ProviderTimeout, RateLimited
from market.providers.yahoo_debts import YahooDebts
from tests.market.yahoo_server import YahooLike

RECORDED = Path("../shared/data/yahoo/v10_quoteSummary_financialData_ADANIENT.NS_2023-06.json")
NOW = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
ON = date(2026, 11, 27)
QUARTER = 1_790_726_400  # 30 Sep 2026, as Yahoo counts: seconds since 1970


def summary(total=5e11, shares=1.14e9, quarter=QUARTER, currency="INR"):
    return {
        "financialData": {"totalDebt": total, "financialCurrency": currency, "maxAge": 86400},
        "defaultKeyStatistics": {"sharesOutstanding": shares, "mostRecentQuarter": quarter},
    }


def provider_of(server, **options):
    options = {"timeout": 1.0, "attempts": 2, "sleep": lambda seconds: None} | options
    return YahooDebts(server.session(), now=lambda: NOW, **options)


def record(symbol="TCS", as_of=date(2026, 3, 31), total=1e11, source="yahoo", **fields):
    fields = {"shares": 1e9, "shares_as_of": as_of, "origin": "a test"} | fields
    return Debt(symbol, as_of, total, source=source, **fields)


@pytest.fixture
def companies(transactional_db):
    livestore.client().flushdb()
    services.store_instruments(
        instruments=[
            InstrumentFacts("TCS", "TCS", "INE467B01029", "Information Technology", "Large"),
            InstrumentFacts("M&M", "Mahindra", sector="Automobile and Auto Components"),
            InstrumentFacts("NIFTY50", "NIFTY 50", kind="index"),
        ]
    )
    services.switch_source(feed="yahoo", source="yahoo", session_date=ON)


def test_yahoo_tells_debt_shares_and_the_day_of_the_balance_sheet():
    with YahooLike({}, summaries={"TCS.NS": summary(), "M&M.NS": summary(total=0)}) as server:
        answer = provider_of(server).debts(["TCS", "M&M", "GONE"])
        asked = " ".join(path for path in server.requests if "/v10/" in path)
    tcs = answer.debts["TCS"]
    assert (tcs.total, tcs.shares, tcs.as_of) == (5e11, 1.14e9, date(2026, 9, 30))
    assert (tcs.shares_as_of, tcs.source, tcs.origin) == (ON, "yahoo", "Yahoo Finance")
    assert answer.debts["M&M"].total == 0
    assert [(each.symbol, each.kind) for each in answer.problems] == [("GONE", "unknown_symbol")]
    assert "crumb=crumb123" in asked and "/quoteSummary/M%26M.NS?" in asked


def test_a_recorded_answer_is_read():
    if not RECORDED.exists():
        pytest.skip("the recorded answer of Yahoo is not beside the project")
    told = json.loads(RECORDED.read_text())["quoteSummary"]["result"][0]
    # It was recorded without the module that tells the shares and the day.
    whole = {**told, "defaultKeyStatistics": summary()["defaultKeyStatistics"]}
    with YahooLike({}, summaries={"ADANIENT.NS": whole, "TCS.NS": told}) as server:
        answer = provider_of(server).debts(["ADANIENT", "TCS"])
    assert answer.debts["ADANIENT"].total == 532_004_601_856
    assert "shares outstanding nor its date" in answer.problems[0].detail


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"total": -3.0}, "negative"),
        ({"total": {}}, "does not tell TCS's total debt"),
        ({"total": 9e15}, "lakh crore"),
        ({"total": 3_500.0}, "below ₹10 lakh"),
        ({"shares": 3_618_000_000.5}, "whole number"),
        ({"currency": "USD"}, "told in USD"),
        ({"shares": None}, "shares outstanding"),
        ({"quarter": 4e12}, "cannot be read"),
        ({"quarter": QUARTER + 10 * 365 * 86_400}, "in the future"),
    ],
)
def test_what_cannot_be_true_is_refused_and_the_reason_kept(companies, wrong, words):
    with YahooLike({}, summaries={"TCS.NS": summary(**wrong)}) as server:
        done = refresh_debts(provider_of(server), ["TCS"])
    assert (done.stored, done.refused, done.left) == (0, 1, 0)
    assert CompanyDebt.objects.count() == 0
    assert words in DebtCheck.objects.get(symbol="TCS").problem
    ((symbol, problem),) = debt_coverage("yahoo")["problems"]
    assert symbol == "TCS" and words in problem


@pytest.mark.parametrize(
    "answer", [{}, {"quoteSummary": None}, {"quoteSummary": {"result": []}}, [], "text"]
)
def test_an_answer_of_another_form_is_a_problem_and_no_crash(answer):
    from market.providers.base import BadAnswer
    from market.providers.yahoo_debts import read_debt

    with pytest.raises(BadAnswer, match="unknown form"):
        read_debt("TCS", answer, today=ON)


def test_too_many_requests_keep_what_was_had_and_the_next_run_goes_on(companies, monkeypatch):
    told = {"TCS.NS": summary(), "M&M.NS": summary()}
    with YahooLike({}, summaries=told) as server:
        provider = provider_of(server, attempts=1)
        plain = provider._one_debt

        def slows(symbol, today):
            if symbol == "TCS":
                server.failing.add("RATELIMIT")
            return plain(symbol, today)

        monkeypatch.setattr(provider, "_one_debt", slows)
        monkeypatch.setattr(tasks, "debt_provider", lambda source, seed: provider)
        with pytest.raises(RateLimited):
            refresh_debts(provider, ["M&M", "TCS"])
        assert [row.symbol for row in CompanyDebt.objects.all()] == ["M&M"]
        assert companies_due("yahoo", now=datetime.now(UTC), every=timedelta(days=6)) == ["TCS"]
        server.failing.clear()
        monkeypatch.setattr(provider, "_one_debt", plain)
        assert tasks.refresh_companies_debt() == "1 debts known, 0 not told or refused, 0 left"
    assert companies_due("yahoo", now=datetime.now(UTC), every=timedelta(days=6)) == []
    later = datetime.now(UTC) + timedelta(days=7)
    assert set(companies_due("yahoo", now=later, every=timedelta(days=6))) == {"M&M", "TCS"}


def test_a_source_that_is_silent_is_no_fault_of_the_company(companies):
    with YahooLike({}, summaries={"TCS.NS": summary()}) as server:
        server.failing.add("SLOW")
        with pytest.raises(ProviderTimeout):
            refresh_debts(provider_of(server, timeout=0.3, attempts=1), ["TCS"])
    assert DebtCheck.objects.count() == 0


def test_asking_twice_stores_once_and_a_new_quarter_is_a_new_record(companies):
    first = record()
    assert store_debts(source="yahoo", debts=[first]) == 1
    assert store_debts(source="yahoo", debts=[first]) == 0
    assert store_debts(source="yahoo", debts=[record(as_of=date(2026, 6, 30), total=2e11)]) == 1
    found = latest_debts(["TCS", "M&M"], source="yahoo", on=ON)
    assert {s: d.total for s, d in found.items()} == {"TCS": 2e11}
    # Prices of May know nothing of June's balance sheet.
    assert latest_debts(["TCS"], source="yahoo", on=date(2026, 5, 4))["TCS"].total == 1e11


def test_real_and_simulated_figures_never_meet(companies):
    store_debts(source="simulated", debts=[record(total=7e10, source="simulated")])
    assert latest_debts(["TCS"], source="yahoo", on=ON) == {}
    assert latest_debts(["TCS"], source="simulated", on=ON)["TCS"].total == 7e10
    store_debts(source="yahoo", debts=[record()])
    store_debts(source="file", debts=[record(total=3e10, source="file")])
    # A file was entered on purpose: of two records of one day it counts.
    assert latest_debts(["TCS"], source="yahoo", on=ON)["TCS"].total == 3e10
    assert latest_debts(["TCS"], source="simulated", on=ON)["TCS"].total == 7e10


def test_splits_after_the_shares_were_counted_make_more_of_them(companies):
    store_debts(source="yahoo", debts=[record()])
    services.store_corporate_actions(
        source="yahoo",
        actions=[
            ("TCS", date(2026, 3, 31), "split", 7.0),  # counted already
            ("TCS", date(2026, 6, 1), "split", 2.0),
            ("TCS", date(2026, 9, 1), "split", 5.0),
            ("TCS", date(2026, 9, 1), "dividend", 30.0),
            ("TCS", date(2027, 1, 1), "split", 3.0),  # not yet
        ],
    )
    assert latest_debts(["TCS"], source="yahoo", on=ON)["TCS"].shares_now == 1e10
    services.store_corporate_actions(
        source="yahoo", actions=[("TCS", date(2026, 10, 1), "split", 2.0)]
    )
    assert latest_debts(["TCS"], source="yahoo", on=ON)["TCS"].shares_now == 2e10


def test_a_file_is_checked_stored_and_loaded_again_unchanged(companies, tmp_path, capsys):
    path = tmp_path / "debts.csv"
    path.write_text(
        "symbol,as of,total debt,shares outstanding,source\n"
        "INE467B01029,2026-03-31,98000000000,3618000000,Annual report 2025-26\n"
        "TCS,2026-03-31,98000,3618000000,Annual report 2025-26\n"
    )
    call_command("load_debt", path, "--dry-run")
    said = capsys.readouterr().out
    assert "1 could be stored; nothing was; 1 bad rows left out" in said
    assert "line 3 (TCS): the total debt is below ₹10 lakh" in said
    assert CompanyDebt.objects.count() == 0
    call_command("load_debt", path)
    assert "1 new or changed, 0 already there" in capsys.readouterr().out
    call_command("load_debt", path)
    assert "0 new or changed, 1 already there" in capsys.readouterr().out
    assert latest_debts(["TCS"], source="file", on=ON)["TCS"].origin == "Annual report 2025-26"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("98000000000,3618000,000,Annual report", "6 cells under 5 columns"),
        ("98000000000,3618000000", "4 cells under 5 columns"),
        ("9_8000000000,3618000000,Annual report", "no number"),
        ("98000000000,3618000000.5,Annual report", "whole number"),
        ("98000000000,3618000000,", "source is empty"),
        ("nan,3618000000,Annual report", "not a number"),
    ],
)
def test_a_bad_row_is_left_out_with_its_reason(companies, tmp_path, cells, reason):
    path = tmp_path / "debts.csv"
    path.write_text(
        "symbol,as of,total debt,shares outstanding,source\n"
        f"TCS,2026-03-31,{cells}\nM&M,2026-03-31,5000000000,1240000000,Annual report\n"
    )
    file, stored = import_debts(path=path)
    assert [each.symbol for each in file.debts] == ["M&M"] and stored == 1
    ((line, symbol, said),) = [(each.line, each.symbol, each.reason) for each in file.rejected]
    assert (line, symbol) == (2, "TCS") and reason in said


def test_a_count_of_shares_told_again_is_of_its_first_day(companies):
    """A source that is late with a split does not undo it by telling the old count anew."""
    june, july = date(2026, 6, 1), date(2026, 7, 1)
    store_debts(source="yahoo", debts=[record(shares_as_of=june)])
    services.store_corporate_actions(
        source="yahoo", actions=[("TCS", date(2026, 6, 15), "split", 2.0)]
    )
    assert store_debts(source="yahoo", debts=[record(shares_as_of=july)]) == 0
    assert latest_debts(["TCS"], source="yahoo", on=ON)["TCS"].shares_now == 2e9
    assert store_debts(source="yahoo", debts=[record(shares=2e9, shares_as_of=july)]) == 1
    assert latest_debts(["TCS"], source="yahoo", on=ON)["TCS"].shares_now == 2e9


def test_a_file_that_is_none_is_refused_in_a_sentence(companies, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes("symbol,schuldenstand ä\n".encode("latin-1"))
    with pytest.raises(CommandError, match=r"UTF-8\. Nothing was stored"):
        call_command("load_debt", bad)
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("load_debt", tmp_path / "none.csv")
    bad.write_text("symbol,as of,total debt,shares outstanding,source\nNOPE,x,1,1,y\n")
    with pytest.raises(CommandError, match="Not one row could be taken"):
        call_command("load_debt", bad)


def test_the_task_asks_nobody_beside_imported_prices(companies):
    services.switch_source(feed="", source="file")
    assert tasks.refresh_companies_debt() == "nothing to do"


def test_the_task_tells_the_simulated_debts_and_one_does_it_at_a_time(companies):
    services.switch_source(feed="simulated", source="simulated")
    livestore.client().set(tasks.DEBT_LOCK, "1")
    assert tasks.refresh_companies_debt() == "another refresh is running"
    livestore.client().delete(tasks.DEBT_LOCK)
    assert tasks.refresh_companies_debt() == "2 debts known, 0 not told or refused, 0 left"
    assert {row.source for row in CompanyDebt.objects.all()} == {"simulated"}
