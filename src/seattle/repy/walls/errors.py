"""What can go wrong with the wall as a whole.

A part that does not go up is a value in the report, not an error; see `report`.

WallError
"""


class WallError(Exception):
    """The guest could not be forked, so there is no report either."""

    code = "wall"
