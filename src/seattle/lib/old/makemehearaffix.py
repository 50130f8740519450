"""The reference's `makemehearaffix`: `MakeMeHearAffix`, which stacks know without it."""

from affix.make_me_hear import MakeMeHearAffix

__all__ = ["MakeMeHearAffix"]
