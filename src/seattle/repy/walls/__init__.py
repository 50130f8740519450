"""The kernel wall: what Linux itself refuses a guest, whatever code it runs.

The nursery calls `begin_to_prepare` once, and `settle` for the guests' cgroups. A monitor calls `fork_guest`; the new
guest calls `enter` and goes on only if the report is `standing`; `tighten` lowers its limits where its vessel becomes
known later. The monitor then calls `confine` for itself. `survey` tells what this machine offers. One file for each
part of the wall; `report.PartName` lists them.

May import: the standard library and pyseccomp, nothing else of Seattle. Promises: a part is up, absent or failed
and says so, with what that means and what to do about it (`advice`); nothing is permitted without its reason beside
it; the monitor is not changed by forking a guest.
"""

from seattle.repy.walls.advice import Advice, advice
from seattle.repy.walls.cgroups import CgroupLimits, Group, Groups, settle
from seattle.repy.walls.confine_monitor import confine
from seattle.repy.walls.enter import enter, tighten
from seattle.repy.walls.errors import WallError
from seattle.repy.walls.fork_guest import Birth, fork_guest
from seattle.repy.walls.report import REQUIRED, Part, PartName, State, standing
from seattle.repy.walls.rlimits import GuestLimits
from seattle.repy.walls.survey import survey
from seattle.repy.walls.warm import Prepared, begin_to_prepare, prepare

__all__ = [
    "REQUIRED",
    "Advice",
    "Birth",
    "CgroupLimits",
    "Group",
    "Groups",
    "GuestLimits",
    "Part",
    "PartName",
    "Prepared",
    "State",
    "WallError",
    "advice",
    "begin_to_prepare",
    "confine",
    "enter",
    "fork_guest",
    "prepare",
    "settle",
    "standing",
    "survey",
    "tighten",
]
