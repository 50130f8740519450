"""Asking somebody at a terminal for a passphrase."""

import sys

from seattle.shell.errors import Unfit
from seattle.shell.identities import nobody_to_ask


async def ask_passphrase(what: str) -> bytes:
    """The passphrase of what this says, which is not shown while it is typed. Raises Unfit if none is given.

    Not in a thread, as `getpass` would be: nothing ends one that reads from a terminal, and the shell waits for all.
    """
    if not sys.stdin.isatty():
        return await nobody_to_ask(what)
    from prompt_toolkit import PromptSession  # noqa: PLC0415 - slow to import, and few keys have a passphrase
    from prompt_toolkit.output import create_output  # noqa: PLC0415 - as above

    asking: PromptSession[str] = PromptSession(output=create_output(always_prefer_tty=True))
    try:
        answer = await asking.prompt_async(f"Passphrase of {what}: ", is_password=True)
    except (KeyboardInterrupt, EOFError) as why:
        raise Unfit("no passphrase was given", hint="the key stays locked") from why
    return answer.encode()
