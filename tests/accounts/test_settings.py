"""The settings by themselves, in a process of their own: what they refuse and what they set."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "a-key-for-this-test-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "finseg.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}


def run(*command, **environment):
    """A fresh Python with nothing in its environment but what is given."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "finseg.settings"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "x"}, "ALLOWED_HOSTS is not set"),
        ({"ALLOWED_HOSTS": "finseg.example.org"}, "SECRET_KEY is not set"),
        (PRODUCTION | {"DEMO": "on"}, "demo customers"),
    ],
)
def test_an_unsafe_deployment_does_not_start_and_says_why_in_one_sentence(environment, word):
    if (ROOT / ".env").exists():
        pytest.skip("a .env file decides the settings here")
    refused = run("-c", "import finseg.settings", **environment)
    assert refused.returncode == 1
    assert word in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_djangos_own_deployment_check_finds_nothing():
    checked = run("-m", "django", "check", "--deploy", "--fail-level", "INFO", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


def test_a_deployment_without_mail_is_warned_of_links_in_its_log():
    without = {name: value for name, value in PRODUCTION.items() if name != "EMAIL_URL"}
    checked = run("-m", "django", "check", "--deploy", **without)
    assert "accounts.W001" in checked.stderr
    assert "1 issue" in checked.stderr


def test_production_is_the_default_and_closed():
    printed = run(
        "-c",
        "from django.conf import settings as s; print(s.DEBUG, s.DEMO, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SECURE_SSL_REDIRECT,"
        " s.SECURE_HSTS_SECONDS, s.SECURE_PROXY_SSL_HEADER)",
        **PRODUCTION,
    )
    assert printed.stdout.split() == [
        *("False", "False", "True", "True", "True", "True", "31536000", "None")
    ]


def test_every_variable_is_in_the_example_and_nothing_else_is():
    read = set(
        re.findall(r"\benv(?:\.\w+)?\(\s*\"(\w+)\"", (ROOT / "finseg/settings.py").read_text())
    )
    listed = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert len(read) > 15
    assert read == listed
