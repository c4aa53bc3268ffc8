"""What a record of debt may say, and what a file of them is told."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from market.domain.debt_file import UnreadableFile, read_debts
from market.domain.debts import Debt, refusal
from market.domain.instruments import InstrumentFacts
from market.domain.simulated_debts import last_quarter, simulated_debts
from market.domain.simulation import SimulatedMarket

TODAY = date(2026, 11, 27)
GOOD = Debt("ADANIENT", date(2026, 3, 31), 532_004_601_856.0, 1.14e9, date(2026, 3, 31), "yahoo")
HEAD = "symbol,as of,total debt,shares outstanding,source\n"
NAMES = {"ADANIENT": "ADANIENT", "M&M": "M&M", "INFY": "INFY", "INFOSYS": "INFY"}


def test_a_plain_record_is_taken_and_so_is_a_company_without_debt():
    assert refusal(GOOD, today=TODAY) == ""
    assert refusal(replace(GOOD, total=0.0), today=TODAY) == ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"total": math.nan}, "not a number"),
        ({"total": math.inf}, "not a number"),
        ({"total": -1.0}, "negative"),
        ({"total": 6e13}, "lakh crore"),
        ({"shares": 0.0}, "above zero"),
        ({"shares": math.nan}, "above zero"),
        ({"shares": 50.0}, "one lakh"),
        ({"as_of": date(2026, 12, 31)}, "in the future"),
        ({"as_of": date(1990, 1, 1)}, "before"),
    ],
)
def test_what_cannot_be_true_is_refused_with_the_reason(wrong, words):
    assert words in refusal(replace(GOOD, **wrong), today=TODAY)


def test_only_rupees_are_taken():
    assert "USD" in refusal(GOOD, today=TODAY, currency="USD")
    assert "no known currency" in refusal(GOOD, today=TODAY, currency="")


def test_eighteen_months_make_a_balance_sheet_old():
    assert not GOOD.stale(date(2027, 9, 30)) and GOOD.stale(date(2027, 10, 1))


def test_a_split_makes_more_shares():
    assert replace(GOOD, split=5.0).shares_now == 5.7e9


def test_a_file_is_read_in_any_order_of_columns_and_way_of_writing():
    text = (
        "Source,Symbol,Shares Outstanding,Total Debt,As of\n"
        'Annual report 2025-26,adanient,"114,00,00,000","₹5,32,00,46,01,856",31-03-2026\n'
        "\n"
        "Annual report 2025-26,Infosys,4150000000,0,2026-03-31\n"
    )
    found = read_debts(text, NAMES, today=TODAY)
    assert found.rejected == ()
    first, second = found.debts
    assert (first.symbol, first.total, first.shares) == ("ADANIENT", 532_004_601_856, 1.14e9)
    assert first.as_of == first.shares_as_of == date(2026, 3, 31)
    assert (first.source, first.origin) == ("file", "Annual report 2025-26")
    assert (second.symbol, second.total) == ("INFY", 0)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("NOPE,2026-03-31,1e9,1e9,x", "not a known company"),
        ("INFY,soon,1e9,1e9,x", "2026-03-31"),
        ("INFY,2026-03-31,much,1e9,x", "'much', which is no number"),
        ("INFY,2026-03-31,1e9,,x", "shares outstanding is ''" ),
        ("INFY,2026-03-31,8500,4150000000,x", "in rupees, not crores"),
        ("INFY,2026-03-31,-5,4150000000,x", "negative"),
        ("INFY,2026-03-31,nan,4150000000,x", "not a number"),
        ("INFY,2026-03-31,1e9,4150000000,", "source is empty"),
        ("INFY,2026-03-31,1e9", "3 cells under 5 columns"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_by_its_line_and_the_others_are_taken(row, words):
    found = read_debts(f"{HEAD}M&M,2026-03-31,1e11,1.2e9,report\n{row}\n", NAMES, today=TODAY)
    assert [debt.symbol for debt in found.debts] == ["M&M"]
    (bad,) = found.rejected
    assert bad.line == 3 and words in bad.reason, bad.reason


def test_the_same_company_and_day_twice_is_told():
    row = "INFY,2026-03-31,1e9,4e9,report\n"
    found = read_debts(HEAD + row + row, NAMES, today=TODAY)
    assert len(found.debts) == 1 and "twice" in found.rejected[0].reason


def test_a_file_without_the_columns_says_which_it_lacks():
    with pytest.raises(UnreadableFile, match="lacks the columns total debt, shares outstanding"):
        read_debts("symbol,as of,source\n", NAMES, today=TODAY)
    with pytest.raises(UnreadableFile):
        read_debts("", NAMES, today=TODAY)


def test_the_simulated_market_owes_the_same_whenever_it_is_asked():
    sectors = ["Power", "Information Technology", "Financial Services"]
    facts = [InstrumentFacts(f"S{i:03d}", "x", "", sectors[i % 3], "Large") for i in range(300)]
    market = SimulatedMarket(facts, {})
    names = [each.symbol for each in facts]
    found = simulated_debts(market, [*names, "NOPE"], today=TODAY)
    assert found == simulated_debts(SimulatedMarket(facts, {}), names, today=TODAY)
    assert not {"S002", "S005", "NOPE"} & found.keys()
    assert all(refusal(debt, today=TODAY) == "" for debt in found.values())
    assert {debt.origin for debt in found.values()} == {"Simulated market"}
    worth = dict(zip(names, market.traits.shares * market.traits.level, strict=True))
    ratio = {s: found[s].total / worth[s] for s in found}
    power, software = (
        np.median([ratio[s] for s in names[start::3] if ratio[s] > 0]) for start in (0, 1)
    )
    assert 0.4 < power < 0.9 and 0.01 < software < 0.04
    assert any(value == 0 for value in ratio.values())


def test_accounts_are_out_forty_five_days_after_their_quarter():
    assert last_quarter(date(2026, 11, 14)) == date(2026, 6, 30)
    assert last_quarter(date(2026, 11, 15)) == date(2026, 9, 30)
    assert last_quarter(date(2026, 2, 1)) == date(2025, 9, 30)
