"""What is read out of the servers' logs, and what /healthz is asked."""

import time

import pytest

from finseg.local import services


def test_mongod_is_quiet_until_something_is_wrong():
    info = '{"t":{"$date":"2026-01-01"},"s":"I","c":"NETWORK","msg":"Connection accepted"}'
    error = '{"t":{"$date":"2026-01-01"},"s":"E","c":"CONTROL","msg":"Failed to set up listener"}'
    fatal = '{"s":"F","msg":"Fatal","attr":{"error":"No space left on device"}}'
    assert services.mongod_complaint(info) is None
    assert services.mongod_complaint(error) == "Failed to set up listener"
    assert services.mongod_complaint(fatal) == "No space left on device"
    assert services.mongod_complaint("mongod: cannot execute") == "mongod: cannot execute"


def test_valkey_is_quiet_until_something_is_wrong():
    warns = "12:M 24 Nov 2026 07:46:49.850 # Could not create server TCP listening socket"
    bye = "12:M 24 Nov 2026 07:46:49.850 # Valkey is now ready to exit, bye bye..."
    tells = "12:M 24 Nov 2026 07:46:49.850 * Server initialized"
    assert services.valkey_complaint(warns) == warns
    assert services.valkey_complaint(bye) is None
    assert services.valkey_complaint(tells) is None


@pytest.mark.parametrize(
    ("told", "ready"),
    [
        (None, False),
        ({}, False),
        ({"feed": {"ok": False, "age_seconds": None}}, False),
        ({"feed": {"ok": True, "age_seconds": 2.0}}, True),
        # The sign of life of the process before this one, still young.
        ({"feed": {"ok": True, "age_seconds": 20.0}}, False),
    ],
)
def test_a_part_is_ready_once_it_gave_a_sign_since_its_own_start(monkeypatch, told, ready):
    monkeypatch.setattr(services, "health", lambda port: told)
    ten_seconds_ago = time.time() - 10
    assert services.part_beats(8000, "feed")(ten_seconds_ago) is ready
