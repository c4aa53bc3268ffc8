"""Price files of every kind of fault, read and stored."""

import gzip
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from market import queries, services
from market.models import PriceLoad, PriceYear
from market.providers.base import BadAnswer
from market.providers.files import read_price_file

REAL = Path("../shared/data/nse/daily_adjusted_2015_2025.parquet")
HEADER = "symbol,date,open,high,low,close,adj_close,volume\n"
FAULTY = HEADER + (
    "TCS,2025-06-02,100,105,99,104,103,10\n"  # line 2
    "TCS,2025-06-03,100,98,99,104,103,10\n"  # 3: high below low
    "TCS,2025-06-04,abc,105,99,104,103,10\n"  # 4: no number
    "TCS,not a day,100,105,99,104,103,10\n"  # 5
    "TCS,2025-06-05,100,105\n"  # 6: too few fields
    "\n"  # 7: empty, and no row
    "NOSUCH,2025-06-05,100,105,99,104,103,10\n"  # 8
    "zomato.NS,2025-06-05,100,105,99,104,103,10\n"  # 9: a former symbol
    "INFY,2025-06-05,-1,105,99,104,103,10\n"  # 10
    "INFY,2025-06-06,100,105,99,104,103,10\n"  # 11: repeated below
    "INFY,2025-06-06,100,105,99,101,103,10\n"  # 12
    "INFY,2025-06-07,100,105,99,104,103,0\n"  # 13: a Saturday, nothing traded
    "INFY,2025-06-09,190,205,189,204,203,10\n"  # 14: twice the price, stored and reported
)


def write(tmp_path, text, name="bars.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def load(*paths):
    out = StringIO()
    call_command("load_prices", *map(str, paths), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def file_source(transactional_db):
    services.switch_source(feed="", source="file")


@pytest.mark.django_db
def test_bad_rows_are_told_by_line_and_skipped(tmp_path, file_source):
    said = load(write(tmp_path, FAULTY))
    record = PriceLoad.objects.get()
    assert [(r["line"], r["reason"]) for r in record.first_rejections] == [
        (3, "high is below low"),
        (4, "a number cannot be read"),
        (5, "date is missing or cannot be read"),
        (6, "4 fields where 8 are expected"),
        (10, "a price is zero or negative"),
        (11, "same symbol and date as a later row"),
        (13, "the exchange was closed and the row repeats the day before"),
    ]
    # 12 rows below the header: 4 good, 7 told by line, 1 of an unknown symbol.
    assert (record.rows, record.stored, record.rejected) == (12, 4, 8)
    assert record.unknown_symbols == ["NOSUCH"]
    # 204 / 101 - 1 = 1.0198
    assert record.jumps == [{"symbol": "INFY", "date": "2025-06-09", "move": 1.0198}]
    assert "line 3 (TCS): high is below low" in said
    assert "8 bad rows skipped" in said
    assert queries.bars_of("ETERNAL").close.tolist() == [104]
    assert queries.bars_of("INFY").close.tolist() == [101, 204]


@pytest.mark.django_db
def test_loading_twice_changes_nothing(tmp_path, file_source):
    path = write(tmp_path, FAULTY)
    load(path)
    before = {y.pk: y.updated_at for y in PriceYear.objects.all()}
    version = queries.price_version()
    said = load(path)
    assert "0 bars new or changed, 4 already there" in said
    assert {y.pk: y.updated_at for y in PriceYear.objects.all()} == before
    assert queries.price_version() == version


@pytest.mark.django_db
def test_unadjusted_bars_do_not_get_among_adjusted_ones(tmp_path, file_source):
    load(write(tmp_path, HEADER + "TCS,2025-06-02,100,105,99,104,103,10\n"))
    raw = "symbol,date,open,high,low,close,volume\n" + (
        "TCS,2025-06-02,200,210,198,208,10\nTCS,2025-06-03,200,210,198,208,10\n"
        "INFY,2025-06-02,200,210,198,208,10\n"
    )
    said = load(write(tmp_path, raw, "raw.csv"))
    assert "1 bars new or changed" in said
    assert said.count("adjusted prices of this symbol are stored and stay") == 1
    assert queries.bars_of("TCS").close.tolist() == [104]
    assert queries.bars_of("INFY").close.tolist() == [208]


@pytest.mark.django_db
def test_a_file_without_the_columns_stores_nothing(tmp_path, file_source):
    path = write(tmp_path, "symbol,date,close\nTCS,2025-06-02,1\n")
    with pytest.raises(CommandError, match="Nothing was stored"):
        load(path)
    assert not PriceLoad.objects.exists()
    assert not PriceYear.objects.exists()


def test_parquet_csv_and_gzip_read_alike(tmp_path):
    text = HEADER + "TCS,2025-06-02,100.05,105,99,104,103,10\nINFY,2025-06-02,5,6,4,5,5,7\n"
    plain = write(tmp_path, text)
    packed = tmp_path / "bars.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    columns = tmp_path / "bars.parquet"
    frame = pd.read_csv(plain, parse_dates=["date"])
    frame.astype({"open": "float32"}).to_parquet(columns)
    tables = [read_price_file(path) for path in (plain, packed, columns)]
    for table in tables:
        assert table.symbols == ("TCS", "INFY")
        # Single precision holds 100.05 as 100.05000305: the seven digits meant come back.
        assert table.bars.open.tolist() == [100.05, 5.0]
        assert table.bars.dates.astype(str).tolist() == ["2025-06-02", "2025-06-02"]
        assert table.bars.volume.tolist() == [10, 7]


def test_columns_of_the_raw_and_the_index_files(tmp_path):
    raw = write(
        tmp_path,
        "symbol,date,open,high,low,close,volume,delivery_pct,stale_holiday\n"
        "TCS,2019-10-02,1,2,1,2,5,40.1,True\nTCS,2019-10-03,1,2,1,2,5,,False\n",
    )
    table = read_price_file(raw)
    assert table.stale.tolist() == [True, False]
    assert not table.has_adjusted
    np.testing.assert_array_equal(table.bars.adj_close, table.bars.close)
    index = write(
        tmp_path, "index,date,open,high,low,close,volume\nNIFTY50,2025-06-02,1,2,1,2,0\n", "i.csv"
    )
    assert read_price_file(index).symbols == ("NIFTY50",)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", b"x"), ("a.parquet", b"no parquet"), ("a.csv", b""), ("a.csv", b"\xff\xfe\x00")],
)
def test_a_file_that_cannot_be_read_is_one_error(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadAnswer):
        read_price_file(path)
    with pytest.raises(BadAnswer):
        read_price_file(tmp_path / "missing.csv")


@pytest.mark.django_db
@pytest.mark.skipif(not REAL.is_file(), reason="the real NSE data are not on this machine")
def test_a_year_of_real_bars(tmp_path, file_source):
    frame = pd.read_parquet(REAL)
    frame = frame[(frame["date"] >= "2025-01-01") & frame["symbol"].isin(["RELIANCE", "ABFRL"])]
    path = tmp_path / "slice.parquet"
    frame.to_parquet(path)
    load(path)
    record = PriceLoad.objects.get()
    assert (record.rows, record.stored, record.rejected) == (len(frame), len(frame), 0)
    # The demerger of 2025-05-22 is not adjusted in these prices.
    assert [(j["symbol"], j["date"]) for j in record.jumps] == [("ABFRL", "2025-05-22")]
    panel = queries.price_panel(symbols=["RELIANCE"])
    expected = frame[frame["symbol"] == "RELIANCE"].set_index("date")["close"]
    np.testing.assert_allclose(panel.values[:, 0], expected.to_numpy(float), rtol=1e-6)
