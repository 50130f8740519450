"""What services refuse, in one family. Pages show the text; APIs send it with the code.

* ClearinghouseError
    * BadRequest: what was asked for makes no sense
        * UnknownVessel: a handle that is none
        * BadKey: it can't be a key of this user
        * NotFound: none of the user's has this name
    * NotAuthenticated: who asks is not known, or was banned
    * NotPermitted: who asks is known, and may not
    * NotEnoughCredits: more vessels than may be held
    * CannotFulfil: it can't be had now
    * TooManyRequests: slow down

Named for what happened, without `Error` at the end.
"""

from typing import ClassVar, Final

RETRY_AFTER: Final = 10  # seconds, while the database or the mail server is away


class ClearinghouseError(Exception):
    """Something was refused. `code` is for programs and stays; the text says what to do and may improve."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400  # of HTTP

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def sentence(text: str) -> str:
    """The text of an error as a page shows it."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


class BadRequest(ClearinghouseError):  # noqa: N818 - see above
    """What was asked for makes no sense."""

    code = "bad-request"


class UnknownVessel(BadRequest):
    """A handle that is none of a vessel."""

    code = "unknown-vessel"
    status = 404


class BadKey(BadRequest):
    """What can't be a key of this user."""

    code = "bad-key"


class NotFound(BadRequest):
    """Nothing of the user's has this name."""

    code = "not-found"
    status = 404


class NotAuthenticated(ClearinghouseError):  # noqa: N818 - see above
    """Who asks is not known."""

    code = "not-authenticated"
    status = 401


class NotPermitted(ClearinghouseError):  # noqa: N818 - see above
    """Who asks may not."""

    code = "not-permitted"
    status = 403


class NotEnoughCredits(ClearinghouseError):  # noqa: N818 - see above
    """More vessels than may be held."""

    code = "not-enough-credits"
    status = 409


class CannotFulfil(ClearinghouseError):  # noqa: N818 - see above
    """It can't be had now."""

    code = "cannot-fulfil"
    status = 409


class TooManyRequests(ClearinghouseError):  # noqa: N818 - see above
    """Slow down."""

    code = "too-many-requests"
    status = 429
