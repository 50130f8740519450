"""`seattle clearinghouse check`: all that can be looked at before something goes wrong."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final

import httpx
from django.apps import apps
from django.conf import settings
from django.core import checks, mail
from django.db import connection
from django.utils import timezone

from seattle.clearinghouse import condition
from seattle.clearinghouse.condition import Finding, State
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.leases import audit as leases
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.updater.errors import ReleaseError
from seattle.updater.published import published
from seattle.updater.roles import Channel

MOST_NAMED: Final = 5  # of what is wrong in the books
PATIENCE: Final = 5.0  # seconds for what is somewhere else
EXPIRES_SOON: Final = timedelta(hours=12)  # nodes stop updating then
RENEW: Final = "run `seattle release-update refresh` daily, and see `seattle release-update show`"
_MOMENT: Final = "%Y-%m-%d %H:%M UTC"
_LEAST_SECRET: Final = 32  # characters
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def check_up() -> list[Finding]:
    """Every finding, the database's first. Nothing is changed by it."""
    found = [condition.database()]
    if found[0].state is State.OK:
        found.append(condition.migrations())
        if found[1].state is State.OK:
            found += [*tables(), books(), condition.workers(timezone.now())]
    parts: Sequence[Callable[[], Finding]] = (site_settings, fabric, mail_server, enrolment, releases, places)
    return found + [part() for part in parts]


def tables() -> Iterator[Finding]:
    """Whether the rules that the database has to hold are there, and held."""
    wanted = {
        (model._meta.db_table, constraint.name) for model in apps.get_models() for constraint in model._meta.constraints
    }
    present: set[tuple[str, str]] = set()
    with connection.cursor() as cursor:
        for table in {table for table, _ in wanted}:
            present |= {(table, name) for name in connection.introspection.get_constraints(cursor, table)}
    if missing := sorted(name for _, name in wanted - present):
        yield Finding("constraints", State.FAILED, f"the database lacks {', '.join(missing)}: restore a backup")
    else:
        yield Finding("constraints", State.OK, f"all {len(wanted)} are there")
    try:
        connection.check_constraints()
    except Exception as why:  # noqa: BLE001 - each database has its own
        yield Finding("references", State.FAILED, f"rows refer to rows that are not there: {why}")


def books() -> Finding:
    """Whether the ledger adds up, and leases, vessels and orders agree."""
    wrong = [*ledger.audit(), *leases.audit()]
    if wrong:
        more = f", and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
        return Finding("books", State.FAILED, "; ".join(wrong[:MOST_NAMED]) + more)
    return Finding("books", State.OK, "the ledger adds up, and leases and vessels agree")


def site_settings() -> Finding:
    """Whether the settings are fit for the world."""
    site = settings.SITE
    faces_the_world = site.host not in _LOOPBACK
    if site.debug and faces_the_world:
        return Finding("settings", State.FAILED, "SEATTLE_SITE_DEBUG is on: errors show secrets to anybody")
    if not site.over_https and faces_the_world:
        return Finding("settings", State.FAILED, f"{site.url} is not https: passwords can be read on the way")
    if site.secret_key and len(site.secret_key) < _LEAST_SECRET:
        text = f"SEATTLE_SITE_SECRET_KEY is short: take {_LEAST_SECRET} characters or more, at random"
        return Finding("settings", State.FAILED, text)
    django = [message for message in checks.run_checks() if message.is_serious()]
    if django:
        return Finding("settings", State.FAILED, str(django[0].msg))
    if site.over_https and not site.trusted_proxies:
        text = "no SEATTLE_SITE_TRUSTED_PROXIES: without HTTPS from a proxy that is trusted every request is redirected"
        return Finding("settings", State.WARNING, text)
    if site.debug:
        return Finding("settings", State.WARNING, "SEATTLE_SITE_DEBUG is on: for trying things out only")
    return Finding("settings", State.OK, f"{site.name} at {site.url}")


def fabric() -> Finding:
    """Whether users and nodes can be told where the fabric is."""
    site = settings.SITE
    if not site.brokers:
        return Finding("fabric", State.WARNING, "no SEATTLE_SITE_BROKERS: users and nodes can't be told where to go")
    if not site.worker_key:
        return Finding("fabric", State.WARNING, "no SEATTLE_SITE_WORKER_KEY: nobody can donate")
    try:
        PublicKey.from_id(site.worker_key)
    except IdentityError as why:
        return Finding("fabric", State.FAILED, f"SEATTLE_SITE_WORKER_KEY is no key's id: {why}")
    return Finding("fabric", State.OK, f"brokers {', '.join(site.brokers)}")


def mail_server() -> Finding:
    """Whether mail can be handed over."""
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        state = State.WARNING if settings.SITE.over_https else State.OK
        return Finding("mail", state, "it is not sent but written out (SEATTLE_SITE_EMAIL_URL)")
    server = mail.get_connection(timeout=PATIENCE)
    try:
        server.open()
        server.close()
    except (OSError, ValueError) as why:  # SMTP's own errors are OSErrors
        return Finding("mail", State.FAILED, f"{settings.EMAIL_HOST} does not take it: {why}")
    return Finding("mail", State.OK, f"{settings.EMAIL_HOST} takes it")


def enrolment() -> Finding:
    """Whether the enrolment service answers at all; it knows only POST."""
    upstream = settings.SITE.enrolment_upstream
    if not upstream:
        return Finding("enrolment", State.WARNING, "no SEATTLE_SITE_ENROLMENT_UPSTREAM: keys can't be enrolled here")
    try:
        httpx.get(upstream, timeout=PATIENCE)
    except httpx.HTTPError as why:
        text = f"nothing answers at {upstream} ({type(why).__name__}): start `seattle clearinghouse worker`"
        return Finding("enrolment", State.FAILED, text)
    return Finding("enrolment", State.OK, f"{upstream} answers")


def releases() -> Finding:
    """Whether there is a release for installers and nodes, and for how long nodes take it as news."""
    folder = settings.SITE.releases
    if folder is None:
        text = "no SEATTLE_SITE_RELEASES: no installer is built here, and nodes get no updates from this site"
        return Finding("releases", State.WARNING, text)
    try:
        newest = published(folder, Channel.STABLE)
        if newest is None:
            text = f"nothing is published in {folder}: `seattle release-update` and its `add`, `sign` and `refresh`"
            return Finding("releases", State.FAILED, text)
        newest.check()
    except ReleaseError as why:
        return Finding("releases", State.FAILED, str(why))
    left = newest.until - timezone.now()
    if left <= timedelta():
        text = f"what is signed has expired, and all nodes have stopped updating: {RENEW}"
        return Finding("releases", State.FAILED, text)
    if left < EXPIRES_SOON:
        return Finding("releases", State.WARNING, f"what is signed expires at {newest.until:{_MOMENT}}: {RENEW}")
    return Finding("releases", State.OK, f"version {newest.version}, signed until {newest.until:{_MOMENT}}")


def places() -> Finding:
    """Whether the file of places is there, if one is named."""
    file = settings.SITE.city_file
    if file is None:
        return Finding("places", State.OK, "countries, from the package; no city file is named")
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as why:
        return Finding("places", State.FAILED, f"SEATTLE_SITE_CITY_FILE: {file} can't be read: {why.strerror}")
    return Finding("places", State.OK, str(file))
