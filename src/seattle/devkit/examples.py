"""Where the example programs are."""

from pathlib import Path


def examples_folder() -> Path:
    """Beside the package when it is installed, in the repository when it is not. Raises FileNotFoundError."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "examples", package.parent.parent / "examples"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("the examples are not installed here")


def find_example(name: str) -> Path:
    """One of them. Raises FileNotFoundError."""
    file = examples_folder() / name
    if not file.is_file():
        raise FileNotFoundError(f"the example {name} is not installed here")
    return file
