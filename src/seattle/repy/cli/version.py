"""`repy --version`."""

from importlib.metadata import version


def main(words: list[str]) -> int:
    """Print the version."""
    del words
    print(f"repy {version('seattle')}")
    return 0
