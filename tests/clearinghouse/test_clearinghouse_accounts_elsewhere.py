"""Signing in by another site (OAuth): off, unless the operator has registered this one there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

# It is part of which applications Django has, and so of a process of its own.
LOOK = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from django.conf import settings
call_command("migrate", "socialaccount", verbosity=0)
call_command("migrate", "sessions", verbosity=0)
client = Client(headers={"host": "127.0.0.1"})
page = client.get("/account/login/")
sent = client.post("/account/github/login/")
print(page.content.decode())
print(page.headers["Content-Security-Policy"])
print(sent.headers["Location"])
"""


def test_given_no_setting_when_the_site_is_asked_to_sign_in_by_another_then_there_is_none(
    client: Client, db: None
) -> None:
    assert b"Or by another site" not in client.get("/account/login/").content
    assert client.get("/account/github/login/").status_code == 404
    assert not any("providers" in app for app in settings.INSTALLED_APPS)


def test_given_a_provider_in_the_settings_when_somebody_signs_in_then_it_is_offered_and_they_are_led_there(
    tmp_path: Path,
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "seattle.clearinghouse.settings",
        "SEATTLE_SITE_DATA": str(tmp_path),
        "SEATTLE_SITE_OAUTH": json.dumps({"github": {"client_id": "our-id", "secret": "our-secret"}}),
    }
    shown = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert shown.returncode == 0, shown.stderr
    *page, policy, leads_to = shown.stdout.strip().splitlines()
    assert any("GitHub" in line and "/account/github/login/" in line for line in page)
    assert "form-action 'self' https:" in policy
    assert leads_to.startswith("https://github.com/login/oauth/authorize?client_id=our-id")
    assert "our-secret" not in shown.stdout


@pytest.mark.parametrize("path", ["3rdparty/", "3rdparty/signup/"])
def test_given_no_provider_when_pages_about_them_are_asked_for_then_nothing_breaks(
    client: Client, db: None, path: str
) -> None:
    assert client.get(f"/account/{path}").status_code in (302, 404)
