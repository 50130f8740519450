"""Users, the keys that nodes know them by, the keys of our API, and logins that wait for approval."""

import random
from typing import ClassVar, Final

from django.contrib.auth.models import AbstractUser
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

FIRST_PORT: Final = 63100  # of those that nodes hand out
PORTS: Final = 100
MAX_KEYS: Final = 10  # of one user, at a time
KEY_ID: Final = 56  # characters

_USERNAME = RegexValidator(
    r"^[0-9A-Za-z][0-9A-Za-z_]{2,29}\Z", "3 to 30 letters, digits or underscores, of which the first is no underscore"
)


def random_port() -> int:
    """One of the ports that nodes hand out."""
    return FIRST_PORT + random.SystemRandom().randrange(PORTS)


class User(AbstractUser):
    """Somebody with an account. `is_active` is False for who was banned; nothing works for them then."""

    username = models.CharField(max_length=30, unique=True, validators=[_USERNAME])
    email = models.EmailField()
    affiliation = models.CharField(max_length=200, blank=True, validators=[MinLengthValidator(3)])
    port = models.PositiveIntegerField(default=random_port, help_text="the one port that their vessels have in common")
    # Sums of the ledger (`credits.LedgerEntry`), kept here so that they can be locked and held to their bounds.
    credits_total = models.PositiveIntegerField(default=0, editable=False)
    credits_held = models.PositiveIntegerField(default=0, editable=False)
    joined_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when they got the credits of who joins"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="one_account_an_address"),
            models.UniqueConstraint(Lower("username"), name="names_differ_in_more_than_case"),
            models.CheckConstraint(condition=Q(credits_total__gte=0), name="total_credits_not_negative"),
            models.CheckConstraint(condition=Q(credits_held__gte=0), name="held_credits_not_negative"),
            models.CheckConstraint(
                condition=Q(port__gte=FIRST_PORT, port__lt=FIRST_PORT + PORTS), name="port_is_one_of_the_nodes"
            ),
        ]

    @property
    def credits_available(self) -> int:
        """How many more vessels may be held; 0 when a donation that went away leaves too many held."""
        return max(0, self.credits_total - self.credits_held)


class UserKey(models.Model):
    """A key pair's public half; the private one never comes here."""

    user = models.ForeignKey(User, models.CASCADE, related_name="keys")
    key_id = models.CharField(max_length=KEY_ID, help_text="as nodes know it (U...)")
    public_line = models.TextField(max_length=1000, help_text="the OpenSSH public line")
    label = models.CharField(max_length=100, blank=True, help_text="where its private half is, in the user's words")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True, help_text="when it last signed a request to the site")
    # Of a key that was pasted it is not known who has it: a public half is public.
    proved_at = models.DateTimeField(null=True, blank=True, help_text="when its holder had it approved by this user")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        constraints: ClassVar = [
            # Nodes know a key and nothing else: one of two users would use the vessels of both.
            models.UniqueConstraint("key_id", condition=Q(retired_at=None), name="a_key_is_one_users"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} ({self.label})" if self.label else self.key_id


class ApiKey(models.Model):
    """A secret for programs. It is shown once; what is kept can't be turned back into it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    hint = models.CharField(max_length=12, help_text="how it begins")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret, which has 256 random bits")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint("user", "name", condition=Q(revoked_at=None), name="names_of_api_keys_differ"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}...)"


class LoginRequest(models.Model):
    """A key made by `seattle login` on a user's machine, which waits until that user approves it in a browser."""

    code = models.CharField(max_length=9, unique=True, help_text="what the user compares: XXXX-XXXX")
    key_id = models.CharField(max_length=KEY_ID)
    public_line = models.TextField(max_length=1000)
    label = models.CharField(max_length=100, help_text="the machine's name, as it says itself")
    address = models.GenericIPAddressField(null=True, help_text="where it was asked for")
    network = models.CharField(max_length=64, blank=True, default="", db_index=True, help_text="address or /64")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="logins")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(decided_at__isnull=False), name="approved_is_decided"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return self.code


class SpentNonce(models.Model):
    """That a signed request was here, kept until its time is over: a copy of it comes too late."""

    key_id = models.CharField(max_length=KEY_ID)
    nonce = models.CharField(max_length=32)
    valid_until = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("key_id", "nonce", name="a_request_is_done_once")]

    def __str__(self) -> str:
        return self.nonce


class CachedValue(models.Model):
    """The table of Django's database cache, which all processes share: how often somebody has tried to sign in."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "cached_value"

    def __str__(self) -> str:
        return self.cache_key
