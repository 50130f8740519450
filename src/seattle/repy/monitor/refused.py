"""How monitor code says no: one exception, which the guest sees as the Repy exception of that name."""

from seattle.repy.door import Refusal


class RefusedError(Exception):
    """The call can't be done. `text` is for people: what happened, what was expected, what to do.

    `effort`: as how many refusals it counts, because finding out took so much more than saying no.
    """

    def __init__(self, refusal: Refusal, text: str, *, effort: int = 1) -> None:
        super().__init__(text)
        self.refusal = refusal
        self.text = text
        self.effort = effort


class ViolationError(Exception):
    """The guest said something that no honest guest says; the vessel ends."""
