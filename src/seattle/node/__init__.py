"""The node manager: the daemon on a donated computer that keeps its vessels and obeys their owners and users.

Start at `daemon.py`. A call comes in through `service.py`, which asks `rights.py` whether the caller may, and then
does it on a `Vessel` (`vessel.py`): its files (`files.py`, `uploads.py`), its log (`log_views.py`) and its runs, each
of which `launching.py` starts, `runs.py` holds while it runs, and `ends.py` writes down. `nursery.py` keeps the
nursery alive. `store.py` holds what must outlive the daemon. The donor asks over `control.py` (what can be said:
`verbs.py`) and sees what `overview.py` gathers, and in `journal.py` every run that there ever was; `page/` shows both
in a browser, from a process of its own.
What there is to give away, and when, is the business of `donor/`; `machine.py` and `vesselinfo.py` divide it.

May import: `seattle.fabric`, `seattle.repy`, `seattle.identity`, `seattle.resources`.

Promises:
* A key that has no right to a vessel can't even find out whether it exists.
* Desired state is written down before anything is done, so a crash at any moment leaves something that can be mended.
* No program runs outside both walls, and none outlives the daemon.
* Everything that a caller can size is bounded before it is kept, and everything waited for has an end.
"""
