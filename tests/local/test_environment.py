"""Secrets are made once and kept private; what the user has set stays."""

import os
import stat

import pytest

from finseg.local import environment
from finseg.local.environment import prepare, secret_key, write_settings
from finseg.local.errors import CannotStart


@pytest.fixture
def clean(tmp_path, monkeypatch):
    """A machine on which nothing is set: no variable, no .env."""
    known = ("DEBUG", "HTTPS", "DEMO", "ALLOWED_HOSTS", "SECRET_KEY", "LOG_LEVEL")
    for name in (*known, "MONGODB_URI", "REDIS_URL"):
        # Set first, so that whatever the test leaves behind is undone.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    return monkeypatch


def environ(name):
    return os.environ.get(name)


def test_the_secret_key_is_long_private_and_stays(tmp_path):
    key = secret_key(tmp_path / "local")
    assert len(key) >= 50
    assert secret_key(tmp_path / "local") == key
    assert stat.S_IMODE((tmp_path / "local" / "secret-key").stat().st_mode) == 0o600
    assert secret_key(tmp_path / "other") != key


def test_an_empty_secret_from_a_full_disk_is_made_anew(tmp_path):
    (tmp_path / "secret-key").touch()
    assert len(secret_key(tmp_path)) >= 50


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match=r"^finseg cannot write to .*file/local"):
        secret_key(tmp_path / "file" / "local")


def test_up_runs_as_production_does_less_the_certificate(tmp_path, clean):
    prepare(starting=True, folder=tmp_path)
    assert environ("DEBUG") == "off"
    assert environ("HTTPS") == "off"
    assert environ("DEMO") == "on"
    assert environ("ALLOWED_HOSTS") == "localhost,127.0.0.1"
    assert environ("SECRET_KEY") == secret_key(tmp_path)


def test_what_is_set_stays_and_dotenv_comes_before_the_defaults(tmp_path, clean):
    clean.setenv("DEMO", "off")
    (tmp_path / ".env").write_text("DEBUG=on\nDEMO=on\nSECRET_KEY=\n")
    prepare(starting=True, folder=tmp_path)
    assert environ("DEMO") == "off"
    assert environ("DEBUG") == "on"
    # Left empty, it says nothing.
    assert environ("SECRET_KEY") == secret_key(tmp_path)


def test_other_commands_reach_the_machine_that_up_started(tmp_path, clean):
    uri = "mongodb://user:p#ss@127.0.0.1:27017/?replicaSet=rs0"
    write_settings(tmp_path, {"MONGODB_URI": uri, "SECRET_KEY": "kept"})
    assert stat.S_IMODE((tmp_path / "environment").stat().st_mode) == 0o600
    prepare(starting=False, folder=tmp_path)
    assert environ("MONGODB_URI") == uri
    assert environ("SECRET_KEY") == "kept"


@pytest.mark.parametrize("chosen", ["MONGODB_URI", "SECRET_KEY", "DEBUG"])
def test_a_deployment_chosen_by_hand_is_not_mixed_with_the_local_one(tmp_path, clean, chosen):
    write_settings(tmp_path, {"REDIS_URL": "redis://127.0.0.1:1/0"})
    clean.setenv(chosen, "x")
    prepare(starting=False, folder=tmp_path)
    assert environ("REDIS_URL") is None


def test_without_a_local_machine_nothing_is_added(tmp_path, clean):
    prepare(starting=False, folder=tmp_path)
    assert environ("SECRET_KEY") is None
    assert list(tmp_path.iterdir()) == []
