"""Static files are collected again when, and only when, they may have changed."""

import os

import pytest

from finseg.local.assets import fingerprint


@pytest.fixture
def root(tmp_path):
    for folder in (".venv", "node_modules", "static/css", "market/static"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "static/css/tokens.css").write_text("a")
    (tmp_path / "node_modules/finseg-lock").write_text("1")
    return tmp_path


def touch_later(path):
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


CHANGES = {
    "a file is edited": lambda root: touch_later(root / "static/css/tokens.css"),
    "a file is added": lambda root: (root / "static/css/pages.css").touch(),
    "a file is removed": lambda root: (root / "static/css/tokens.css").unlink(),
    "an app brings one": lambda root: (root / "market/static/live.js").touch(),
    "a front-end package changes": lambda root: (root / "node_modules/finseg-lock").write_text("2"),
    "a Python package changes": lambda root: (root / ".venv/finseg-packages").write_text("x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_shows(root, change):
    before = fingerprint(root)
    assert fingerprint(root) == before
    change(root)
    assert fingerprint(root) != before


def test_other_settings_show(root):
    assert fingerprint(root, "on") != fingerprint(root, "off")


def test_the_collected_files_themselves_do_not_count(root):
    before = fingerprint(root)
    (root / ".local/static/css").mkdir(parents=True)
    (root / ".local/static/css/tokens.0123.css").touch()
    assert fingerprint(root) == before
