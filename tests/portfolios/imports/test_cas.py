"""Depositories' statements as casparser gives them."""

from decimal import Decimal as D

from casparser.types import NSDLCASData

from portfolios.domain.imports.cas import read_statement
from portfolios.domain.imports.dry_run import plan_import
from tests.portfolios.imports.conftest import TODAY

# Built with casparser's own types, so that a change of theirs shows here.
STATEMENT = NSDLCASData(
    accounts=[
        {
            "name": "A BROKER", "type": "NSDL", "dp_id": "IN300000", "client_id": "1", "folios": 3,
            "balance": "50,000.00", "owners": [],
            "equities": [
                {"name": "INFOSYS LIMITED", "isin": "INE009A01021", "num_shares": "1,000.00",
                 "price": "1500.50", "value": "15,00,500.00"},
                {"name": "SOME OTHER LTD", "isin": "INE999Z01999", "num_shares": "5",
                 "price": "10", "value": "50"},
                {"name": "TCS", "isin": "INE467B01029", "num_shares": "0.500",
                 "price": "3000", "value": "1500"},
            ],
            "mutual_funds": [
                {"name": "A FUND", "isin": "INF204KB14I2", "balance": "10", "nav": "1",
                 "value": "10"},
            ],
            "bonds": [{"name": "A BOND", "isin": "INE002A07777", "num_bonds": "1", "value": "1"}],
        }
    ],
    statement_period={"from": "01-Nov-2025", "to": "30-Nov-2025"},
    investor_info={"name": "X", "email": "", "address": "", "mobile": ""},
    file_type="NSDL",
)  # fmt: skip


def test_shares_of_a_depository_s_statement(resolver):
    reading = read_statement(STATEMENT.model_dump(mode="json"))
    assert reading.label == "NSDL statement" and reading.holds == "holdings"
    assert [(r.row, r.reason) for r in reading.refused] == [
        (4, "Units of a mutual fund are no part of a ledger of shares."),
        (5, "A bond is no part of a ledger of shares."),
    ]
    assert "30 Nov 2025" in reading.notes[0] and "not what they cost" in reading.notes[0]
    run = plan_import(reading, [], resolver, latest_day=TODAY)
    (planned,) = run.new
    entry = planned.entry
    assert (entry.kind, entry.symbol, entry.quantity) == ("transfer_in", "INFY", 1000)
    assert entry.price == D("1500.50")
    reasons = {refused.row: refused.reason for refused in run.refused}
    assert "is not a stock known here" in reasons[2]
    assert "whole numbers" in reasons[3]


def test_a_statement_of_funds_alone_says_so_of_each():
    data = {
        "file_type": "CAMS",
        "folios": [{"schemes": [{"scheme": "A FUND"}, {"scheme": "ANOTHER"}]}],
        "nps": None,
    }
    reading = read_statement(data)
    assert reading.label == "CAMS statement" and reading.candidates == []
    assert [(r.row, r.text) for r in reading.refused] == [(1, "A FUND"), (2, "ANOTHER")]
