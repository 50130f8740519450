"""What can go wrong between a user and a testbed. Programs look at `code`, people read the text and the hint.

ClientError
├── ProfileError             where the testbed is, and who we are there, can't be told
│   ├── ProfileMissing       there is no such profile
│   └── ProfileUnusable      there is one, and something in it is wrong
├── TestbedUnreachable       no connection to the testbed, or its directory doesn't answer
├── TestbedClosed            this testbed was closed
├── NoSuchVessel             no vessel fits what was asked for
├── NoSuchGroup              no group of vessels has this name, or none can have it
├── NoSuchProgram            the file to upload, or the program to run, is not there
├── NotWritten               what was fetched can't be put into the folder that is meant for it
├── BadLayers                these security layers can't all be put above a program
├── TimedOut                 a vessel did not do it in the time it was given
├── TooMuch                  a file is too large to be held in memory
├── AlreadyDeployed          somebody keeps this deployment running already
├── NotRunning               this run is not what the vessel runs now
├── UnusableFilter           what vessels are wanted was not understood
├── NoSuchFile               a vessel has no file that fits what was asked for
├── SiteError                the testbed's site, which hands out vessels, was of no help
│   ├── SiteUnreachable      it does not answer, or not as a site does
│   ├── SiteRefused          it says no; `code` is what it says
│   │   ├── NotEnoughCredits more vessels than we may hold
│   │   └── CannotFulfil     no such vessels, or not so many, are to be had now
│   └── LoginNotApproved     nobody said yes to our key there
├── VesselsFailed            something did not work on some vessels, or on all
└── InputsFailed             some inputs of a map have no good answer

What fails on one vessel among many is a value (`results.Failure`), not an exception: see `Results`.
"""
# ruff: noqa: N818 - what went wrong is the name; the suffix is for bases, as elsewhere in the house

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from seattle.client.refusals import NO_SUCH_FILE

if TYPE_CHECKING:  # results hold errors, so errors can't import results
    from seattle.client.results import Failure


class ClientError(Exception):
    """Base of all errors of this package. `hint` says what to do, where there is something to do."""

    code: ClassVar[str] = "client"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ProfileError(ClientError):
    """Where the testbed is, and who we are there, can't be told."""

    code = "profile"


class ProfileMissing(ProfileError):
    """There is no such profile."""

    code = "profile-missing"


class ProfileUnusable(ProfileError):
    """Something in the profile is wrong."""

    code = "profile-unusable"


class TestbedUnreachable(ClientError):
    """There is no connection to the testbed, or its directory doesn't answer."""

    code = "testbed-unreachable"
    __test__ = False  # its name looks like a test's


class TestbedClosed(ClientError):
    """This testbed was closed."""

    code = "testbed-closed"
    __test__ = False  # as above


class NoSuchVessel(ClientError):
    """No vessel fits what was asked for."""

    code = "no-such-vessel"


class NoSuchGroup(ClientError, KeyError):
    """No group of vessels has this name, or none can have it. Groups are a mapping, so it is a KeyError, too."""

    code = "no-such-group"

    def __init__(self, name: str, *, what: str = "there is no group", hint: str = "") -> None:
        super().__init__(f"{what} {name!r}", hint=hint)

    def __str__(self) -> str:
        return Exception.__str__(self)  # a KeyError would quote it


class NoSuchProgram(ClientError):
    """The file to upload, or the program to run, is not there."""

    code = "no-such-program"


class NotWritten(ClientError):
    """What was fetched can't be put into the folder that is meant for it."""

    code = "not-written"


class BadLayers(ClientError):
    """These security layers can't all be put above a program."""

    code = "bad-layers"


class TimedOut(ClientError):
    """A vessel did not do it in the time it was given."""

    code = "timed-out"


class AlreadyDeployed(ClientError):
    """Somebody keeps this deployment running already."""

    code = "already-deployed"


class TooMuch(ClientError):
    """A file is too large to be held in memory."""

    code = "too-much"


class NotRunning(ClientError):
    """This run is not what the vessel runs now."""

    code = "not-running"


class UnusableFilter(ClientError):
    """What vessels are wanted was not understood."""

    code = "unusable-filter"


class NoSuchFile(ClientError):
    """A vessel has no file that fits what was asked for."""

    code = NO_SUCH_FILE  # as nodes call it


class SiteError(ClientError):
    """The testbed's site, which hands out vessels, was of no help."""

    code = "site"


class SiteUnreachable(SiteError):
    """It does not answer, or not as a site does."""

    code = "site-unreachable"


class SiteRefused(SiteError):
    """It says no. `code` is the site's own, `status` that of HTTP; `retry_after`: seconds, 0 if it does not say."""

    def __init__(self, message: str, *, code: str, status: int, retry_after: float = 0.0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code  # type: ignore[misc] # of this refusal; classes have one each otherwise
        self.status = status
        self.retry_after = retry_after


class NotEnoughCredits(SiteRefused):
    """These are more vessels than we may hold."""

    code = "not-enough-credits"


class CannotFulfil(SiteRefused):
    """No such vessels, or not so many, are to be had now."""

    code = "cannot-fulfil"


class LoginNotApproved(SiteError):
    """Nobody said yes to our key on the site."""

    code = "login-not-approved"


class VesselsFailed(ClientError):
    """Something did not work on some vessels, or on all. `failures` has one entry for each."""

    code = "vessels-failed"
    _SHOWN = 5

    def __init__(self, failures: "Sequence[Failure]", *, of: int) -> None:
        self.failures = tuple(failures)
        self.of = of
        shown = ", ".join(f"{one.vessel} ({one.message})" for one in self.failures[: self._SHOWN])
        more = len(self.failures) - self._SHOWN
        super().__init__(f"{len(self.failures)} of {of} failed: {shown}" + (f" and {more} more" if more > 0 else ""))


class InputsFailed(ClientError):
    """Some inputs of a map have no good answer. `told` has a line for each."""

    code = "inputs-failed"
    _SHOWN = 5

    def __init__(self, told: Sequence[str], *, of: int) -> None:
        self.told = tuple(told)
        more = len(told) - self._SHOWN
        shown = ", ".join(told[: self._SHOWN]) + (f" and {more} more" if more > 0 else "")
        super().__init__(f"{len(told)} of {of} failed: {shown}")
