"""Telling holders by mail that the time of their vessels will be over soon."""

import smtplib
from collections.abc import Sequence
from datetime import datetime
from email.errors import MessageError
from itertools import groupby
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from seattle.clearinghouse.leases.models import Lease

_BATCH: Final = 500  # leases in one transaction
_LISTED: Final = 20  # vessels named in one mail
_log: Final = structlog.get_logger()


def warn(now: datetime) -> int:
    """Send what is due; the number of mails. Who renews is warned anew.

    What could not be sent is due again, but for what can't be written at all.
    """
    sent = 0
    for mail, leases in due_warnings(now):
        try:
            sent += mail.send()
        except (OSError, smtplib.SMTPException) as why:
            _log.warning("warning_not_sent", leases=len(leases), why=str(why))
            Lease.objects.filter(pk__in=[lease.pk for lease in leases], warned_at=now).update(warned_at=None)
        except (ValueError, MessageError) as why:  # there is no such address: others are warned all the same
            _log.warning("warning_can_not_be_written", leases=len(leases), why=str(why))
    return sent


@transaction.atomic
def due_warnings(now: datetime) -> list[tuple[EmailMessage, list[Lease]]]:
    """A mail to each holder whose leases end soon, with those leases, which are marked as warned of from here on.

    Marked first, and sent when the transaction is over: a mail server that is slow must not hold rows, and of two
    workers one sends.
    """
    soon = Lease.objects.filter(
        state=Lease.State.ACTIVE,
        warned_at=None,
        expires_at__gt=now,
        expires_at__lte=now + settings.SITE.warn,
        user__is_active=True,
    )
    due = list(
        soon.select_related("user")
        .order_by("user_id", "expires_at")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)[:_BATCH]
    )
    Lease.objects.filter(pk__in=[lease.pk for lease in due]).update(warned_at=now)
    by_user = (list(theirs) for _, theirs in groupby(due, key=lambda lease: lease.user_id))
    return [(_mail(leases), leases) for leases in by_user]


def _mail(leases: Sequence[Lease]) -> EmailMessage:
    holder = leases[0].user
    if holder is None:  # the query asks for active users
        raise AssertionError("a lease without a holder")
    what = "a vessel ends" if len(leases) == 1 else f"{len(leases)} vessels end"
    text = render_to_string(
        "leases/ending_soon.txt",
        {
            "username": holder.username,
            "count": len(leases),
            "leases": leases[:_LISTED],
            "more": max(0, len(leases) - _LISTED),
            "url": settings.SITE.url,
            "testbed": settings.SITE.name,
        },
    )
    return EmailMessage(f"[{settings.SITE.name}] {what} soon", text, to=[holder.email])
