"""How patient a supervisor is. All in seconds, but for counts."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from .errors import InstallerError


@dataclass(frozen=True)
class Bounds:
    """The defaults are for donors; tests are in a hurry."""

    ready_within: float = 120.0  # for a new version's daemon to serve on this computer
    connect_within: float = 1800.0  # for it to reach the fabric, which may be away for reasons of its own
    trial: float = 300.0  # that it has to serve until it is trusted
    deaths: int = 3  # of its daemon meanwhile, after which it is gone back from
    starts: int = 8  # of its daemon meanwhile, whatever ended it: the computer itself, perhaps
    end_within: float = 30.0  # for a daemon to end
    first_back_off: float = 1.0  # until a daemon that has died is started again; doubled each time
    longest_back_off: float = 60.0
    mend_within: float = 900.0  # for an environment to be given another interpreter
    first_check: tuple[float, float] = (60.0, 3600.0)  # span in which an update is first looked for
    check: tuple[float, float] = (1800.0, 5400.0)  # span for each time after that
    check_within: float = 3600.0  # for an update to be fetched, unpacked and tried
    come_up: float = 30.0  # for a new supervisor to take over
    stay: float = 60.0  # that it has to live until it is trusted
    lock_within: float = 5.0  # for another supervisor of the same home to go
    step_aside: float = 15.0  # that the old one leaves to the system's services, which may start it again

    def words(self) -> str:
        """As `read` reads them."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, words: str) -> "Bounds":
        """Raises InstallerError."""
        try:
            told: dict[str, Any] = json.loads(words)
            for name in ("first_check", "check"):
                if name in told:
                    told[name] = tuple(told[name])
            return cls(**told)
        except (ValueError, TypeError, AttributeError) as why:
            raise InstallerError(f"these are no bounds: {why}") from why


def delay(span: tuple[float, float], chance: Callable[[], float]) -> float:
    """How long to wait until the next look, the same for any moment of the span. `chance`: from 0 to 1."""
    earliest, latest = span
    return earliest + (latest - earliest) * chance()
