"""Files through the real MongoDB: staged, looked at, booked once, exported and read back."""

import html
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from accounts import services as accounts
from portfolios import services
from portfolios.domain.entries import Entry
from portfolios.domain.imports.tables import FileRefused
from portfolios.domain.ledger import book_of
from portfolios.ledgers import differences, ledger_lines, stored_entries
from portfolios.models import ImportBatch, ImportMapping, ImportState, Transaction
from portfolios.queries import personal_data_of
from portfolios.services import ImportRefused, create_portfolio, importing
from portfolios.tasks import work_on_import
from tests.portfolios.imports.conftest import csv_of, tradebook

BOOK = tradebook(
    ("INFY", "2024-06-03", "buy", "10", "120", "1"),
    ("INFY", "2024-12-02", "sell", "4", "150", "2"),
    ("TCS", "2024-12-02", "sell", "5", "300", "3"),
    ("GONE", "2024-12-02", "buy", "5", "300", "4"),
)


def staged(portfolio, data=BOOK, **more):
    return services.work_on(
        services.stage_import(portfolio=portfolio, name="trades.csv", data=data, **more)
    )


def counts(**some):
    """Rows by tab, none in those not named."""
    return dict.fromkeys(("new", "doubtful", "known", "refused", "orphans", "aside"), 0) | some


def ticked(page):
    """What is sent where the box beside prices in doubt is ticked."""
    return re.search(r'name="confirm" value="([^"]+)"', page).group(1)


def booked(batch, **more):
    return services.work_on(services.commit_import(batch=batch, **more))


def test_nothing_is_booked_before_it_is_said_so(portfolio):
    batch = staged(portfolio)
    assert (batch.state, batch.label) == (ImportState.PLANNED, "Zerodha tradebook")
    assert batch.counts == counts(new=2, refused=1, orphans=1)
    assert not Transaction.objects.exists()
    done = booked(batch)
    assert (done.state, done.added, done.file, done.plan) == (ImportState.COMMITTED, 2, None, None)
    assert done.words == (
        "2 booked, 0 there already, 1 refused. 1 left out, for want of shares to sell."
    )
    portfolio.refresh_from_db()
    assert [(p.symbol, p.quantity) for p in portfolio.positions] == [("INFY", 6)]
    assert not differences(portfolio)
    assert {t.batch for t in Transaction.objects.all()} == {str(batch.pk)}
    assert {t.origin for t in Transaction.objects.all()} == {"import"}


def test_the_same_file_twice_adds_nothing(portfolio):
    booked(staged(portfolio))
    again = staged(portfolio)
    assert again.counts["new"] == 0 and again.counts["known"] == 2
    # Staged before the first was booked, and booked after it.
    late = services.stage_import(portfolio=portfolio, name="late.csv", data=BOOK)
    late = booked(services.work_on(late))
    assert late.added == 0 and Transaction.objects.count() == 2


def test_two_windows_book_it_once(portfolio):
    batch = staged(portfolio)

    def press(_):
        try:
            own = ImportBatch.objects.get(pk=batch.pk)
            return booked(own).added
        except ImportRefused:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert 2 in set(pool.map(press, range(3))) <= {0, 2}
    assert Transaction.objects.count() == 2


def test_the_slower_of_two_who_read_a_file_does_not_undo_what_the_owner_did_since(
    portfolio, monkeypatch
):
    batch = services.stage_import(portfolio=portfolio, name="trades.csv", data=BOOK)
    plan = importing._dry_run

    def slow(*arguments):
        found = plan(*arguments)
        monkeypatch.setattr(importing, "_dry_run", plan)
        booked(services.work_on(ImportBatch.objects.get(pk=batch.pk)))
        return found

    monkeypatch.setattr(importing, "_dry_run", slow)
    assert services.work_on(batch).state == ImportState.COMMITTED
    assert ImportBatch.objects.get(pk=batch.pk).state == ImportState.COMMITTED
    assert Transaction.objects.count() == 2
    # Forgotten while it is read, it stays forgotten.
    gone = services.stage_import(portfolio=portfolio, name="gone.csv", data=BOOK)

    def forgotten(*arguments):
        services.forget_import(batch=gone)
        return plan(*arguments)

    monkeypatch.setattr(importing, "_dry_run", forgotten)
    services.work_on(gone)
    assert not ImportBatch.objects.filter(pk=gone.pk).exists()


def test_work_cut_short_after_it_wrote_is_finished(portfolio):
    batch = services.commit_import(batch=staged(portfolio))
    former = ImportBatch.objects.get(pk=batch.pk)
    services.work_on(batch)
    # The worker died before it could say so, and the queue delivers the task anew.
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportState.COMMITTING, file=former.file)
    assert work_on_import(str(batch.pk)) == {"imports": 1, "booked": 2}
    assert Transaction.objects.count() == 2
    assert work_on_import("6" * 24) == {"imports": 0}


def test_missing_shares_charges_and_names_are_the_investor_s_to_say(portfolio):
    batch = staged(portfolio)
    services.choose(
        batch=batch, plan="flat", names=[("GONE", "hdfcbank")],
        openings=[("TCS", "₹100.50", "2023-01-02")],
    )  # fmt: skip
    services.work_on(batch)
    # The price of GONE is not one of HDFC Bank's.
    assert batch.counts == counts(new=5, doubtful=1, orphans=1)
    # A second choice leaves the others as they were.
    services.work_on(services.choose(batch=batch, opened_on="2024-12-31"))
    booked(batch, confirmed=True)
    entries = stored_entries(portfolio)
    opening = entries[0]
    assert (opening.kind, opening.symbol, opening.quantity) == ("transfer_in", "TCS", 5)
    assert (opening.price, opening.day) == (D("100.50"), date(2023, 1, 2))
    assert all(e.charges > 0 for e in entries if e.kind in ("buy", "sell"))
    assert {e.symbol for e in entries} == {"INFY", "TCS", "HDFCBANK"}
    for wrong in (
        {"plan": "none"},
        {"names": [("GONE", "NOSUCH")]},
        {"openings": [("TCS", "many", "")]},
        {"openings": [("TCS", "-1", "")]},
        {"openings": [("TCS", "1", "2099-01-01")]},
        {"openings": [("TCS", "1", "0001-01-01")]},
        {"opened_on": "9999-12-31"},
        {"opened_on": "soon"},
    ):
        with pytest.raises(ImportRefused, match=r"^[A-Z“].*\.$"):
            services.choose(batch=staged(portfolio), **wrong)


def test_holdings_come_in_at_the_market_s_worth_of_the_day(portfolio):
    batch = staged(portfolio, csv_of(["Instrument", "Qty.", "Avg. cost"], ["INFY", "10", "90"]))
    booked(services.work_on(services.choose(batch=batch, opened_on="2025-01-06")))
    (entry,) = stored_entries(portfolio)
    assert (entry.kind, entry.price, entry.day) == ("transfer_in", 90, date(2025, 1, 6))
    from portfolios.prices import fair_price

    assert entry.fair == fair_price("INFY", date(2025, 1, 6)) > 0


OWN = csv_of(["Scrip", "Net qty", "Rate", "When"], ["INFY", "3", "150", "2024-07-01"])
COLUMNS = {"symbol": "Scrip", "quantity": "Net qty", "price": "Rate", "day": "When"}


def test_columns_are_named_once_and_kept(portfolio):
    batch = staged(portfolio, OWN)
    assert batch.state == ImportState.UNMAPPED
    for wrong in (
        {"columns": {"symbol": "Scrip"}},
        {"columns": {**COLUMNS, "isin": "Nothing"}},
        {"columns": {"evil": "Scrip"}},
        {"holds": "bonds"},
        {"at": 99},
    ):
        with pytest.raises(ImportRefused):
            services.map_columns(
                batch=batch, **({"columns": COLUMNS, "holds": "trades", "at": 0} | wrong)
            )
    services.map_columns(batch=batch, columns=COLUMNS, holds="trades", at=0, save_as=" My  book ")
    assert booked(services.work_on(batch)).added == 1
    assert [m.name for m in ImportMapping.objects.all()] == ["My book"]
    again = staged(portfolio, OWN)
    assert (again.state, again.label) == (ImportState.PLANNED, "My book")
    assert again.counts["new"] == 0 and again.counts["known"] == 1


def test_hostile_and_unreadable_files_are_refused_in_a_sentence(portfolio):
    formula = staged(portfolio, csv_of(["a", "b"], ["=cmd()", "1"]))
    assert formula.state == ImportState.REFUSED and formula.file is None
    assert formula.words.endswith("Save the file with values alone. Nothing was booked.")
    with pytest.raises(FileRefused, match="larger than 10 MB"):
        staged(portfolio, b"x" * (10 * 1024 * 1024 + 1))
    # Whatever it is called: a PDF goes to the reader of statements, other kinds nowhere.
    with pytest.raises(FileRefused, match=r"^The file is a PDF, and no consolidated statement"):
        staged(portfolio, b"%PDF-1.7\nnothing", password="X")
    with pytest.raises(FileRefused, match=r"looks like a program for Windows .*was booked\.$"):
        staged(portfolio, b"MZ\x90\0" + b"x" * 500)
    assert ImportBatch.objects.count() == 1
    assert staged(portfolio, b"{}").state == ImportState.REFUSED
    assert not Transaction.objects.exists()


def test_files_that_nobody_books_are_forgotten(portfolio):
    old = staged(portfolio)
    ImportBatch.objects.filter(pk=old.pk).update(expires_at=timezone.now())
    for _ in range(12):
        services.stage_import(portfolio=portfolio, name="x.csv", data=BOOK)
    assert not ImportBatch.objects.filter(pk=old.pk).exists()
    assert ImportBatch.objects.count() == 10


@pytest.fixture
def full(portfolio):
    """A ledger with an entry of most kinds."""
    entries = [
        Entry("buy", "INFY", D(10), D("120.1234"), date(2024, 6, 3), D("1.50"), time="09:15:00"),
        Entry("bonus", "INFY", D(0), D(0), date(2024, 7, 1), ratio=Fraction(3, 2)),
        Entry("dividend", "INFY", D(0), D(0), date(2024, 8, 1), cash=D("55.25")),
        Entry("transfer_in", "TCS", D(7), D(100), date(2024, 8, 2), acquired=date(2020, 1, 1)),
        Entry("merger", "TCS", D(0), D(0), date(2024, 9, 2), ratio=Fraction(5, 3), into="HDFCBANK"),
        Entry("fee", "", D(0), D(0), date(2024, 9, 3), cash=D(300)),
        Entry("sell", "INFY", D(12), D(150), date(2024, 9, 4), D(20)),
    ]
    for i, entry in enumerate(entries):
        services.record_entry(portfolio=portfolio, entry=entry, note=f"=note {i}", is_sip=i == 0)
    services.dismiss_action(portfolio=portfolio, action="dividend INFY 2024-01-01 5")
    portfolio.refresh_from_db()
    return portfolio


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_ledger_is_exported_and_read_back_unchanged(client, full, kind):
    client.force_login(full.investor)
    answer = client.get(f"/portfolio/export/{kind}/")
    assert "attachment" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"]
    if kind == "csv":
        assert b",'=note 0," in answer.content and b",=note" not in answer.content
    other = create_portfolio(investor=full.investor, name="Another")
    done = booked(staged(other, answer.content))
    assert done.added == 7 and done.label == "finseg ledger"
    assert book_of(stored_entries(other)).positions == book_of(stored_entries(full)).positions
    pairs = zip(ledger_lines(full), ledger_lines(other), strict=True)
    assert all((a.entry, a.note, a.is_sip) == (b.entry, b.note, b.is_sip) for a, b in pairs)
    other.refresh_from_db()
    assert other.dismissed == full.dismissed and not differences(other)
    same = staged(full, answer.content)
    assert same.counts == counts(known=7)


def text_of(response):
    return html.unescape(response.content.decode())


def send(client, data=BOOK, name="trades.csv", **more):
    file = SimpleUploadedFile(name, data)
    return client.post("/portfolio/import/", {"file": file, **more})


def test_the_pages_from_file_to_ledger(client, portfolio):
    client.force_login(portfolio.investor)
    assert "Import a broker’s file" in text_of(client.get("/portfolio/"))
    assert "Drop a file here" in text_of(client.get("/portfolio/import/"))
    address = send(client).url
    page = text_of(client.get(address))
    assert "2 entries would be booked" in page and "Nothing is booked yet" in page
    assert ">3 Jun 2024<" in page and ">120.00<" in page and "2024-06-03" not in page
    assert "Row 4 sells 5 TCS on 2 Dec 2024, when none were held." in text_of(
        client.get(f"{address}?show=orphans")
    )
    assert "“GONE” is not a stock known here." in text_of(client.get(f"{address}?show=refused"))
    chosen = client.post(address, {"do": "choose", "plan": "zero", "label": "GONE", "symbol": "x"})
    assert chosen.status_code == 422 and "“X” is not a stock known here." in text_of(chosen)
    client.post(address, {"do": "choose", "orphan": "TCS", "cost": "100", "bought": ""})
    assert "4 entries would be booked" in text_of(client.get(address))
    client.post(address, {"do": "commit"})
    assert "4 entries booked" in text_of(client.get(address))
    assert client.post(address, {"do": "commit"}).status_code == 422
    assert Transaction.objects.count() == 4
    assert "trades.csv" in text_of(client.get("/portfolio/import/"))
    assert client.post(address, {"do": "forget"}).url == "/portfolio/import/"


def test_an_unknown_table_asks_for_its_columns(client, portfolio):
    client.force_login(portfolio.investor)
    address = send(client, OWN).url
    page = text_of(client.get(f"{address}?at=0&sheet=9²"))
    assert "Which column is which?" in page and "Net qty" in page
    typed = {"do": "map", "holds": "trades", "at": "0", "sheet": "0", **COLUMNS}
    assert client.post(address, {**typed, "day": ""}).status_code == 422
    client.post(address, {**typed, "save_as": "Mine"})
    assert "1 entry would be booked" in text_of(client.get(address))
    mapping = ImportMapping.objects.get()
    assert "Mine" in text_of(client.get("/portfolio/import/"))
    client.post(f"/portfolio/import/mappings/{mapping.pk}/forget/")
    assert not ImportMapping.objects.exists()


def test_files_are_their_owner_s_alone(client, portfolio, staff):
    batch = staged(portfolio)
    address = f"/portfolio/import/{batch.pk}/"
    for path in ("/portfolio/import/", address, "/portfolio/export/csv/"):
        assert "/accounts/login/" in client.get(path).url
    client.force_login(accounts.register(email="else@example.org", password=None))
    assert client.get(address).status_code == 404
    assert client.post(address, {"do": "commit"}).status_code == 404
    assert client.get("/portfolio/import/nonsense/").status_code == 404
    assert client.get("/portfolio/export/exe/").status_code == 404
    assert client.get("/portfolio/export/csv/").status_code == 200  # of nothing yet
    client.force_login(staff)
    assert client.get(address).status_code == 403
    assert client.get("/portfolio/export/csv/").status_code == 403


def test_what_is_too_large_is_refused_before_it_is_read(client, portfolio, monkeypatch):
    client.force_login(portfolio.investor)

    def unread(*_):
        raise AssertionError("the body was parsed")

    monkeypatch.setattr("django.http.multipartparser.MultiPartParser.parse", unread)
    answer = client.post(
        "/portfolio/import/", {"file": io.BytesIO(b"x")}, CONTENT_LENGTH=str(1024**3)
    )
    assert answer.status_code == 413 and "larger than 10 MB" in text_of(answer)
    monkeypatch.undo()
    assert "Choose a file first" in text_of(client.post("/portfolio/import/"))
    refused = send(client, csv_of(["a", "b"], ["@SUM(1)", "1"]))
    assert "holds a formula" in text_of(client.get(refused.url))


def test_large_files_are_left_to_the_background(client, portfolio, monkeypatch):
    asked = []
    monkeypatch.setattr("portfolios.tasks.work_on_import.delay", asked.append)
    client.force_login(portfolio.investor)
    many = tradebook(
        *(("INFY", "2024-06-03", "buy", "1", str(100 + i % 50), str(i)) for i in range(2_500))
    )
    address = send(client, many).url
    page = text_of(client.get(address))
    assert "Being read" in page and 'hx-trigger="every 1s"' in page
    work_on_import(asked[0])
    assert "2,500 entries would be booked" in text_of(client.get(address))
    assert text_of(client.get(f"{address}?show=new&page=2")).count("<tr>") == 101
    client.post(address, {"do": "commit", "confirm": ticked(text_of(client.get(address)))})
    assert len(asked) == 2 and "Being booked" in text_of(client.get(address))
    work_on_import(asked[1])
    assert "2500 entries booked" in text_of(client.get(address))


def test_what_is_kept_of_files_is_exported_and_erased(portfolio):
    user = portfolio.investor
    batch = staged(portfolio, OWN)
    services.map_columns(batch=batch, columns=COLUMNS, holds="trades", at=0, save_as="Mine")
    told = personal_data_of(user)
    assert told["imports"][0]["name"] == "trades.csv" and "file" not in told["imports"][0]
    assert told["import mappings"][0]["name"] == "Mine"
    services.erase_customer(user=user)
    assert not ImportBatch.objects.exists() and not ImportMapping.objects.exists()
