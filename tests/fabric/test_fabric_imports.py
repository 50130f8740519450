"""What the fabric loads: a command's first hundred milliseconds are made of it."""

import subprocess
import sys


def printed(code: str) -> str:
    """By a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_given_aiohttp_is_installed_when_the_fabric_is_imported_then_it_is_not_loaded() -> None:
    code = "import seattle.fabric.connection, sys; print([name for name in sys.modules if 'aiohttp' in name])"

    assert printed(code) == "[]"


def test_given_the_fabric_when_somebody_imports_aiohttp_then_it_is_all_there() -> None:
    code = "import seattle.fabric.connection, aiohttp.web; print(aiohttp.ClientSession.__name__)"

    assert printed(code) == "ClientSession"


def test_given_aiohttp_is_loaded_when_the_fabric_is_imported_then_it_stays() -> None:
    code = "import aiohttp, seattle.fabric.connection, sys; print(sys.modules['aiohttp'] is aiohttp)"

    assert printed(code) == "True"


def test_given_rich_is_installed_when_the_sdk_is_imported_then_it_is_not_loaded() -> None:
    code = "import seattle.client, sys; print([name for name in sys.modules if name.partition('.')[0] == 'rich'])"

    assert printed(code) == "[]"


def test_given_the_fabric_when_somebody_imports_rich_then_it_is_all_there() -> None:
    code = "import seattle.fabric, rich.console; print(rich.console.Console.__name__)"

    assert printed(code) == "Console"
