"""Encoding and validation of daily bars."""

import numpy as np
import pytest

from market.domain.bars import (
    REASONS,
    Bars,
    decode_dates,
    decode_prices,
    decode_volumes,
    encode_dates,
    encode_prices,
    encode_volumes,
    reject_reasons,
    suspicious_jumps,
)

TODAY = np.datetime64("2025-12-31")


def row(day="2025-06-02", o=100.0, h=105.0, low=99.0, c=104.0, adj=104.0, volume=10):
    return day, o, h, low, c, adj, volume


def table(*rows):
    columns = list(zip(*rows, strict=True))
    return Bars(
        np.array(columns[0], "datetime64[D]"),
        *(np.array(column, float) for column in columns[1:6]),
        np.array(columns[6], np.int64),
    )


def reasons(*rows, codes=None):
    codes = np.zeros(len(rows), int) if codes is None else np.array(codes)
    found = reject_reasons(codes, table(*rows), today=TODAY)
    return [REASONS[code] if code >= 0 else "" for code in found]


def test_bytes_are_little_endian_days_and_doubles():
    # 2 January 1970 is day 1; 1.5 is 0x3FF8 in its two highest bytes.
    assert encode_dates(np.array(["1970-01-02"], "datetime64[D]")) == b"\x01\x00\x00\x00"
    assert encode_prices(np.array([1.5])) == b"\x00" * 6 + b"\xf8\x3f"
    assert encode_volumes(np.array([258])) == b"\x02\x01" + b"\x00" * 6


def test_columns_survive_a_round_trip():
    days = np.array(["1991-01-02", "2025-12-31"], "datetime64[D]")
    assert (decode_dates(encode_dates(days)) == days).all()
    prices = np.array([0.05, np.nan, 123_456.789])
    np.testing.assert_array_equal(decode_prices(encode_prices(prices)), prices)
    volumes = np.array([0, 2**40])
    assert (decode_volumes(encode_volumes(volumes)) == volumes).all()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(day="NaT"), "date is missing or cannot be read"),
        (row(c=np.nan), "close is missing"),
        (row(o=0.0), "a price is zero or negative"),
        (row(c=-1.0), "a price is zero or negative"),
        (row(h=98.0), "high is below low"),
        (row(o=150.0), "open or close lies outside low..high"),
        (row(volume=-1), "volume is negative"),
        (row(day="2026-01-01"), "date lies in the future or before 1990"),
        (row(day="1989-12-29"), "date lies in the future or before 1990"),
    ],
)
def test_each_fault_has_its_reason(bad, reason):
    assert reasons(row(day="2025-06-01"), bad) == ["", reason]


def test_missing_open_is_no_fault_but_a_repeated_day_is():
    assert reasons(row(o=np.nan, h=np.nan, low=np.nan)) == [""]
    twice = reasons(row(c=100.0), row(day="2025-06-03"), row(c=104.0))
    assert twice == ["same symbol and date as a later row", "", ""]
    assert reasons(row(), row(), codes=[0, 1]) == ["", ""]


def test_jumps_beyond_45_per_cent_are_named():
    # 100 -> 145 is +45 % exactly, 145 -> 72 is -50.3 %, 72 -> 110 is +52.8 %.
    assert suspicious_jumps(np.array([100.0, 145.0, 72.0, 110.0])).tolist() == [2, 3]
    assert suspicious_jumps(np.array([100.0])).tolist() == []


def test_newer_bars_replace_days_and_keep_the_rest():
    old = table(row(day="2025-06-02", c=101.0), row(day="2025-06-03", c=102.0))
    merged = old.merged(table(row(day="2025-06-03", c=103.0), row(day="2025-06-01", c=100.0)))
    assert merged.dates.astype(str).tolist() == ["2025-06-01", "2025-06-02", "2025-06-03"]
    assert merged.close.tolist() == [100.0, 101.0, 103.0]
