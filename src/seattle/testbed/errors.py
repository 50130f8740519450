"""What goes wrong with a testbed."""


class TestbedError(Exception):
    """The testbed can't be started, or a part of it has ended; the text says which and why."""

    __test__ = False  # for pytest, to which the name looks like a test's
