"""Somebody with a browser, as far as the testbed needs one: registers on the site, and approves a key there."""

import secrets
from typing import Final, Self

import httpx

from seattle.testbed.errors import TestbedError

USERNAME: Final = "demo"
PATIENCE: Final = 20.0  # seconds for a page
SIGN_UP, APPROVE, REAUTHENTICATE = "/account/signup/", "/account/approve/", "/account/reauthenticate/"


class Visitor:
    """Signed in to the site at `url`, with a browser that keeps cookies and sends forms as pages have them."""

    def __init__(self, browser: httpx.Client, username: str, password: str) -> None:
        self._browser = browser
        self.username = username
        self.password = password

    @classmethod
    def register(cls, url: str, username: str = USERNAME) -> Self:
        """Make an account, whose address of mail this site does not ask to be confirmed. Raises TestbedError."""
        browser = httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False, headers={"Origin": url})
        visitor = cls(browser, username, secrets.token_urlsafe(12))
        form = {
            "username": username,
            "email": f"{username}@localhost.localdomain",
            "affiliation": "this computer",
            "password1": visitor.password,
            "password2": visitor.password,
        }
        try:
            visitor._send(SIGN_UP, form)
        except BaseException:
            browser.close()
            raise
        return visitor

    def approve(self, code: str) -> None:
        """Let the key that waits with this code be ours; the page may ask for the password once more.

        Raises TestbedError.
        """
        try:
            asks_who_we_are = self._browser.get(APPROVE).is_redirect
        except httpx.HTTPError as why:
            raise _broken(APPROVE, why) from why
        if asks_who_we_are:
            self._send(REAUTHENTICATE, {"password": self.password})
        self._send(APPROVE, {"code": code, "answer": "approve"})

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()

    def _send(self, page: str, form: dict[str, str]) -> None:
        """Send the form of a page, which then leads to another. Raises TestbedError."""
        try:
            self._browser.get(page).raise_for_status()
            token = self._browser.cookies["csrftoken"]
            answer = self._browser.post(page, data={**form, "csrfmiddlewaretoken": token})
        except (httpx.HTTPError, KeyError) as why:
            raise _broken(page, why) from why
        if not answer.is_redirect:
            raise TestbedError(f"the site's page {page} does not take its form (status {answer.status_code})")


def _broken(page: str, why: Exception) -> TestbedError:
    return TestbedError(f"the site's page {page} does not work: {why}")
