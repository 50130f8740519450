"""The donor's policy: under which conditions programs may run. One TOML file, read again whenever it changes.

Without the file, or with an empty one, programs may always run. A condition holds only if its table is there.

    grace = 60.0                  # minutes that programs stand still before they are stopped; 0 stops them at once
    notice = 10.0                 # minutes ahead of which users are told that the hours end

    [[hours]]                     # when programs may run, by this computer's clock; several add up
    days = ["mon", "tue", "wed", "thu", "fri"]    # on which the hours begin; without: every day
    from = "22:00"
    to = "07:00"                  # of the next day, if it is not after `from`
    cpu_percent = 40.0            # of this computer, all programs together; without: what was donated

    [power]
    stop_below = 40.0             # percent of the battery, while it is what feeds the computer
    resume_at = 60.0
    mains_only = false            # true: hold back on battery, however full it is

    [activity]
    stop_within = 60.0            # seconds since somebody touched a key or the mouse
    resume_after = 300.0

    [load]
    stop_at = 50.0                # percent of the processors that others than our programs use
    resume_at = 25.0

    [memory]
    stop_at = 20.0                # percent of time in which something waits for memory (some avg10 of the kernel's PSI)
    resume_at = 5.0
    grace = 0.0                   # each table may have a grace of its own: standing still frees no memory

    [temperature]
    stop_at = 85.0                # degrees Celsius of the hottest sensor
    resume_at = 70.0

    [traffic]
    hour_megabytes = 100.0        # that programs may exchange with other computers; millions of bytes
    day_megabytes = 1000.0
    month_megabytes = 10000.0

    [network]
    metered = true                # hold back while NetworkManager calls the connection metered
    metered_interfaces = ["wwan0"]  # or while the default route goes through one of these
"""

import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.node.donor.marks import Marks
from seattle.node.errors import BadSettings

MAX_FILE: Final = 64 * 1024  # bytes
MINUTE: Final = 60.0  # seconds
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Minutes = Annotated[float, Meta(ge=0, le=7 * 24 * 60)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Share = Annotated[float, Meta(gt=0, le=100)]  # percent
Seconds = Annotated[float, Meta(ge=0, le=24 * 3600)]
Celsius = Annotated[float, Meta(ge=0, le=200)]
Megabytes = Annotated[float, Meta(ge=0, le=1e9)]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
EndOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z|^24:00\Z")]
Day = Annotated[str, Meta(pattern=rf"^({'|'.join(DAYS)})\Z")]
InterfaceName = Annotated[str, Meta(min_length=1, max_length=15)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables."""


class Hours(_Table, frozen=True, kw_only=True, rename={"begin": "from", "end": "to"}):
    """A stretch of the week in which programs may run."""

    begin: TimeOfDay
    end: EndOfDay
    days: Annotated[list[Day], Meta(min_length=1, max_length=7)] = msgspec.field(default_factory=lambda: list(DAYS))
    cpu_percent: Share | None = None


class Power(_Table, frozen=True, kw_only=True):
    """What to do on battery."""

    stop_below: Percent = 40.0
    resume_at: Percent = 60.0
    mains_only: bool = False
    grace: Minutes | None = None

    @property
    def marks(self) -> Marks:
        """In percent of the battery."""
        return Marks(self.stop_below, self.resume_at)


class Activity(_Table, frozen=True, kw_only=True):
    """What to do while somebody is at the keyboard."""

    stop_within: Seconds = 60.0
    resume_after: Seconds = 300.0
    grace: Minutes | None = None

    @property
    def marks(self) -> Marks:
        """In seconds since the last touch."""
        return Marks(self.stop_within, self.resume_after)


class Load(_Table, frozen=True, kw_only=True):
    """What to do while others need the processors."""

    stop_at: Percent = 50.0
    resume_at: Percent = 25.0
    grace: Minutes | None = None

    @property
    def marks(self) -> Marks:
        """In percent of all processors."""
        return Marks(self.stop_at, self.resume_at)


class Memory(_Table, frozen=True, kw_only=True):
    """What to do when memory is short."""

    stop_at: Percent = 20.0
    resume_at: Percent = 5.0
    grace: Minutes | None = 0.0

    @property
    def marks(self) -> Marks:
        """In percent of time."""
        return Marks(self.stop_at, self.resume_at)


class Temperature(_Table, frozen=True, kw_only=True):
    """What to do when the computer is hot."""

    stop_at: Celsius = 85.0
    resume_at: Celsius = 70.0
    grace: Minutes | None = None

    @property
    def marks(self) -> Marks:
        """In degrees Celsius."""
        return Marks(self.stop_at, self.resume_at)


class Traffic(_Table, frozen=True, kw_only=True):
    """How much programs may exchange with other computers."""

    hour_megabytes: Megabytes | None = None
    day_megabytes: Megabytes | None = None
    month_megabytes: Megabytes | None = None
    grace: Minutes | None = None


class Network(_Table, frozen=True, kw_only=True):
    """What to do on a connection that costs."""

    metered: bool = False
    metered_interfaces: Annotated[list[InterfaceName], Meta(max_length=64)] = []
    grace: Minutes | None = None


class Policy(_Table, frozen=True, kw_only=True):
    """All of it. A condition without a table does not hold."""

    grace: Minutes = 60.0
    notice: Annotated[float, Meta(ge=0, le=120)] = 10.0  # minutes
    hours: Annotated[list[Hours], Meta(max_length=64)] = []
    power: Power | None = None
    activity: Activity | None = None
    load: Load | None = None
    memory: Memory | None = None
    temperature: Temperature | None = None
    traffic: Traffic | None = None
    network: Network | None = None


# Which of a table's two marks is the higher one.
_HIGHER: Final = {
    "power": ("resume_at", "stop_below"),
    "activity": ("resume_after", "stop_within"),
    "load": ("stop_at", "resume_at"),
    "memory": ("stop_at", "resume_at"),
    "temperature": ("stop_at", "resume_at"),
}


def load_policy(path: Path) -> Policy:
    """Read the file at `path`; a policy of no conditions if there is none. Raises BadSettings, which names the key."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        return Policy()
    except OSError as why:
        raise BadSettings(f"{path} can't be read ({why.strerror})") from why
    if len(text) > MAX_FILE:
        raise BadSettings(f"{path} has more than {MAX_FILE} bytes")
    return parse_policy(text, str(path))


def parse_policy(text: bytes, source: str) -> Policy:
    """Read a policy's text; `source` is what errors call it. Raises BadSettings."""
    try:
        values = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings(f"{source} is not TOML: {why}") from why
    try:
        policy = msgspec.convert(values, Policy)
    except msgspec.ValidationError as why:
        raise BadSettings(f"{source}: {why}") from why
    for name, (higher, lower) in _HIGHER.items():
        table = getattr(policy, name)
        if table is not None and not getattr(table, higher) > getattr(table, lower):
            raise BadSettings(
                f"{source}: [{name}] {higher} = {getattr(table, higher):g} has to be more than {lower} = "
                f"{getattr(table, lower):g}: between the two nothing changes"
            )
    return policy
