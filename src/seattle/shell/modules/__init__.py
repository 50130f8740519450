"""Modules: what can be added to the shell, and taken away, while it runs.

A module is an entry point of the group `seattle.shell.modules`, in any package that is installed: its name is the
module's, and it leads to a `Module` (`module.py`). `installed.py` finds them without importing any; `manager.py`
enables and disables them, `choice.py` remembers which ones the user has disabled, `guarded.py` keeps what they do
wrong from the shell. Those that come with it are in `bundled/`. How to write one: `docs/seash-modules.md`.

May import: as the shell. A module that is enabled is imported before the first prompt, so it imports what takes long
only when a command needs it.

Promises:
* A module that is broken, or clashes with another, is told of and left out; the shell starts and works without it.
* What a module brought is gone when it is disabled.
"""
