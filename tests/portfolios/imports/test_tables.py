"""Files as tables; hostile ones are refused in a sentence."""

import io
import re
import struct
import zipfile

import pytest

from portfolios.domain.imports import tables
from portfolios.domain.imports.tables import FileRefused, is_statement, read_tables
from tests.portfolios.imports.conftest import csv_of, xlsx_of, zip_of

ROWS = [["Stock", "Shares", "Price"], ["Crédit", "1,23,456", "12.50"]]
WORKBOOK = "xl/workbook.xml"


def refusal(data):
    with pytest.raises(FileRefused) as refused:
        read_tables(data)
    sentence = str(refused.value)
    assert re.fullmatch(r"[A-Z].*\. Nothing was booked\.", sentence)
    return sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(encoding):
    text = csv_of(*ROWS).decode()
    data = text.encode(encoding)
    assert read_tables(data)[0].rows == ROWS


@pytest.mark.parametrize("mark", ["\t", ";", "|"])
def test_other_marks_between_cells(mark):
    text = "\r\n".join(mark.join(row) for row in ROWS)
    assert read_tables(text.encode())[0].rows == ROWS


def test_a_workbook_reads_like_its_csv():
    from datetime import date, datetime

    data = xlsx_of(
        ["Banner"],
        [],
        ["Date", "At", "Shares", "Price", "Name"],
        [date(2024, 7, 1), datetime(2024, 7, 1, 9, 15), 10, 47.85, " 00123 "],
    )
    (sheet,) = read_tables(data)
    assert sheet.rows[0] == ["Banner"] and sheet.rows[1] == []
    assert sheet.rows[3] == ["2024-07-01", "2024-07-01 09:15:00", "10", "47.85", "00123"]


def test_a_file_that_is_too_large(monkeypatch):
    monkeypatch.setattr(tables, "MOST_BYTES", 1000)
    assert "larger than" in refusal(b"a,b\n" * 300)


def test_two_hundred_thousand_rows():
    assert "more than 50,000 rows" in refusal(b"1,2\n" * 200_000)
    assert read_tables(b"1,2\n" * 50_000)[0].rows[-1] == ["1", "2"]


def test_a_zip_bomb_is_refused_by_its_directory():
    zeros = b" " * (1024 * 1024)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(WORKBOOK, b"<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(160):
                part.write(zeros)
    assert len(file.getvalue()) < 512 * 1024
    assert "would unpack to more than 64 MB" in refusal(file.getvalue())


def test_a_directory_that_lies_about_sizes():
    bomb = bytearray(zip_of(**{WORKBOOK: b"<workbook/>", "xl/big.xml": b"x" * 50_000_000}))
    size = struct.pack("<I", 50_000_000)
    while size in bomb:  # the part says it is a hundred bytes
        at = bomb.index(size)
        bomb[at : at + 4] = struct.pack("<I", 100)
    assert "cut off or damaged" in refusal(bytes(bomb))


def test_other_archives_and_broken_ones():
    assert "looks like an archive (ZIP)" in refusal(zip_of(**{"trades.csv": b"a,b"}))
    assert "looks like a text document (Word)" in refusal(zip_of(**{"word/document.xml": b"<x/>"}))
    assert "an OpenDocument file" in refusal(zip_of(mimetype=b"x", **{"content.xml": b"<x/>"}))
    assert "a binary workbook (.xlsb)" in refusal(zip_of(**{"xl/workbook.bin": b"x"}))
    assert "looks like an archive (ZIP)" in refusal(zip_of())
    whole = xlsx_of(*ROWS)
    for broken in (b"PK\x03\x04" + b"x" * 100, whole[:-60], whole[: len(whole) // 2]):
        assert "begins like a workbook (.xlsx) and is cut off or damaged" in refusal(broken)
    assert "(.xlsx) that is damaged inside" in refusal(zip_of(**{WORKBOOK: b"<workbook"}))
    parts = {f"part{i}": b"" for i in range(501)}
    assert "would unpack" in refusal(zip_of(**{WORKBOOK: b"<workbook/>", **parts}))
    lol = b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY b "&lol;&lol;">]><x>&b;</x>'
    assert "entities of its own" in refusal(zip_of(**{WORKBOOK: lol}))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", '=HYPERLINK("http://example.org","x")', "@SUM(1)", "+SUM(A1)", "-2+cmd|' /C calc'!A0"],
)
def test_formulas_are_not_taken(cell):
    assert "Row 2 holds a formula" in refusal(csv_of(ROWS[0], ["INFY", cell, "1"]))
    assert "Row 2 holds a formula" in refusal(xlsx_of(ROWS[0], ["INFY", cell, "1"]))


def test_signs_telephones_and_apostrophes_are_no_formulas():
    rows = read_tables(csv_of(["Tel", "+91 (22) 4000", "-12", "- n/a -"], ["'500209", "'=1", ""]))
    assert rows[0].rows == [["Tel", "+91 (22) 4000", "-12", "- n/a -"], ["500209", "=1"]]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00", "a program for Windows"),
        (b"\x7fELF\x02\x01\x01", "a program"),
        (b"\x89PNG\r\n\x1a\n\x00", "a picture (PNG)"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture (JPEG)"),
        (b"GIF89a\x01\x00", "a picture (GIF)"),
        (b"RIFF\x24\x00\x00\x00WEBP", "a picture, a sound or a film"),
        (b"\x1f\x8b\x08\x00", "a compressed file (GZIP)"),
        (b"SQLite format 3\x00", "a database (SQLite)"),
        (b"\x00\x00\x00\x18ftypmp42", "a film or a picture of a telephone"),
        (b"{\\rtf1\\ansi", "a text document (RTF)"),
        (b"\n<!DOCTYPE html>\n<html>", "a web page (HTML)"),
        (b"<table><tr><td>INFY", "a web page (HTML)"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "an XML file"),
    ],
)
def test_what_is_no_table_is_told_by_its_first_bytes(data, words):
    assert f"The file looks like {words} and is no table: " in refusal(data + b" " * 50)


def test_letters_that_only_binary_files_begin_with_are_no_fault_of_a_table():
    for head in ("MZ", "BM", "BZh", "PAR1", "RIFF"):
        assert read_tables(csv_of([head, "Shares"], ["INFY", "1"]))[0].rows[0][0] == head


def test_bytes_that_are_no_text():
    assert "no letters" in refusal(b"a,b\n1,\x002\n")
    assert "no letters" in refusal("株式,数量\n".encode("shift_jis") + b"\x81\x8d\x8f\x90")
    assert "no letters" in refusal(bytes(range(256)) * 10)
    assert "empty" in refusal(b" \n\n ") and "empty" in refusal(b"")
    assert "empty" in refusal(b",,\n,,\n")


def test_old_workbooks_and_ones_with_a_password():
    assert "old kind (.xls)" in refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_a_quotation_mark_left_open_and_rows_without_end():
    assert "quotation mark" in refusal(b'a,b\n"1,' + b"2,3\n" * 5_000)
    assert "more than 200 columns" in refusal(b"1," * 300 + b"1")


def test_statements_are_told_by_their_first_bytes():
    assert is_statement(b"%PDF-1.7 ...") and not is_statement(b"a,b\n%PDF")


def test_what_a_workbook_says_of_its_own_size_is_not_believed():
    data = xlsx_of(*ROWS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"')
    assert b"XFD1048576" in parts[sheet]
    assert read_tables(zip_of(**parts))[0].rows == ROWS
    parts[sheet] = parts[sheet].replace(b'<row r="2"', b'<row r="1048576"')
    assert "more than 50,000 rows" in refusal(zip_of(**parts))
