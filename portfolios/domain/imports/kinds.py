"""What a file looks like by its first bytes, where it is no table: its name is not believed."""

from __future__ import annotations

import re

_FIRST = (
    (b"\x89PNG\r\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF87a", "a picture (GIF)"),
    (b"GIF89a", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\x1f\x8b", "a compressed file (GZIP)"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file (7-Zip)"),
    (b"Rar!\x1a\x07", "a compressed file (RAR)"),
    (b"\xfd7zXZ\x00", "a compressed file (XZ)"),
    (b"\x28\xb5\x2f\xfd", "a compressed file (Zstandard)"),
    (b"SQLite format 3\x00", "a database (SQLite)"),
    (b"ID3\x03", "a sound"),
    (b"ID3\x04", "a sound"),
    (b"OggS\x00", "a sound"),
    (b"{\\rtf", "a text document (RTF)"),
)
# Letters that a table may begin with as well: there they are followed by text.
_BINARY = (
    (b"MZ", "a program for Windows"),
    (b"BM", "a picture (BMP)"),
    (b"BZh", "a compressed file (BZIP2)"),
    (b"PAR1", "a Parquet file"),
    (b"RIFF", "a picture, a sound or a film"),
)
_PAGE = re.compile(rb"<(!doctype\s+html|html|head|body|table)\b", re.IGNORECASE)


def kind_of(data: bytes) -> str:
    """What a file that is no table looks like, as words after "looks like"; empty for others.

    Workbooks and statements are told elsewhere, and so is text.
    """
    for mark, words in _FIRST:
        if data.startswith(mark):
            return words
    for mark, words in _BINARY:
        if data.startswith(mark) and b"\0" in data[:64]:
            return words
    if data[4:8] == b"ftyp":
        return "a film or a picture of a telephone"
    head = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t")
    if _PAGE.match(head):
        return "a web page (HTML)"
    return "an XML file" if head.startswith(b"<?xml") else ""


def kind_of_archive(parts: set[str]) -> str:
    """The same of an archive, by the names of its parts."""
    if "xl/workbook.bin" in parts:
        return "a binary workbook (.xlsb)"
    if "word/document.xml" in parts:
        return "a text document (Word)"
    if "ppt/presentation.xml" in parts:
        return "a presentation (PowerPoint)"
    if "mimetype" in parts and "content.xml" in parts:
        return "an OpenDocument file (.ods or .odt)"
    if "META-INF/MANIFEST.MF" in parts:
        return "a program (Java or Android)"
    return "an archive (ZIP)"
