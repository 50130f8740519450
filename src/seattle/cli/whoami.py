"""`seattle whoami`: which user of a testbed's site we are, by which key, and how many vessels we may hold."""

from typing import Final

from seattle.cli.console import Json, print_json, visible
from seattle.cli.vessel_options import ProfileOption, ask_passphrase, reporting
from seattle.client.errors import ProfileError
from seattle.client.profile import find_profile
from seattle.client.site.client import SiteClient
from seattle.client.site.vessels import Account

EXAMPLES: Final = (("seattle whoami --json", "for a program"),)


def whoami(*, profile: ProfileOption = None, as_json: Json = False) -> None:
    """Show who you are to a testbed: user name, key, port, credits, profile."""
    with reporting():
        ours = find_profile(profile)
        key = ours.load_key(ask_passphrase)
        if not ours.site_url:
            raise ProfileError(
                f"the profile {ours.folder} names no site: you are known there by your key alone, {key.id}",
                hint="`seattle login URL` makes one that does",
            )
        account = SiteClient(ours.site_url, key, ca_file=ours.ca_file).get("/account", Account)
        if as_json:
            held = {"credits_total": account.credits_total, "credits_held": account.credits_held}
            where = {"site": ours.site_url, "profile": str(ours.folder)}
            print_json({"username": account.username, "id": key.id, "port": account.port, **held, **where})
            return
        print(f"user     {visible(account.username)}")
        print(f"key      {key.id}")
        print(f"port     {account.port}")
        print(f"credits  {account.credits_held} of {account.credits_total} in use")
        print(f"site     {ours.site_url}")
        print(f"profile  {ours.folder}")
