"""The prompt. It is there before the rest of the shell: what takes long to import is loaded while people read it."""

import asyncio
import os
import signal
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from seattle.shell.outcome import Outcome
from seattle.shell.own_files import open_private, own_folder
from seattle.shell.start import Options

if TYPE_CHECKING:  # these take long
    from seattle.shell.session import Session

HISTORY: Final = "history"
_GOES_ON: Final = "... "
_HOW_TO_LEAVE: Final = "To leave, type `exit` or press Ctrl-D."


def converse(options: Options) -> int:
    """Ask for lines and do them, until the user leaves; the exit code."""
    # One that comes between two lines is of no account: it must not end the shell.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    return asyncio.run(_Conversation(options).hold())


class _Conversation:
    """A person at a terminal, and the session that does what they type."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loading: asyncio.Task[Session] | None = None
        self._completer = _Completer()
        self._prompt: PromptSession[str] = PromptSession(
            history=_history(),
            completer=self._completer,
            complete_while_typing=False,
            complete_in_thread=True,
            multiline=Condition(self._goes_on),
            prompt_continuation=_GOES_ON,
        )
        self._prompt.app.after_render += lambda _: self._load()
        self._refused = 0  # Ctrl-C at an empty prompt, in a row

    async def hold(self) -> int:
        """Ask and do."""
        try:
            while (line := await self._ask()) is not None:
                if line.strip():
                    await self._do(line)
                if self._session is not None and self._session.leaving:
                    break
        finally:
            if self._session is not None:
                await self._session.close()
        return Outcome.DONE

    @property
    def _session(self) -> "Session | None":
        """The session, once it is there."""
        return self._loading.result() if self._loading is not None and self._loading.done() else None

    def _goes_on(self) -> bool:
        """Whether what is typed so far is not whole: Enter begins a next line of it."""
        if self._session is None:
            return False
        from seattle.shell.words import goes_on  # noqa: PLC0415 - takes long, and is loaded by now

        return goes_on(self._prompt.default_buffer.text)

    def _load(self) -> None:
        """Begin to load what does the lines; when there is a prompt to look at."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._load_session(), name="load")

    async def _load_session(self) -> "Session":
        session = await asyncio.to_thread(self._open)
        async with in_terminal():  # above the prompt, and whatever was typed there meanwhile
            if self._options.identity is not None:
                self._become(session, self._options.identity)
            await session.modules.start(session)
            session.note(f"Enabled modules: {', '.join(session.modules.enabled)}\n")
        self._completer.session = session
        return session

    def _open(self) -> "Session":
        from seattle.shell.opening import open_session  # noqa: PLC0415 - takes long, and nobody waits
        from seattle.shell.passphrases import ask_passphrase  # noqa: PLC0415 - as above

        session = open_session(self._options.profile, ask=ask_passphrase)
        session.modules.preload()  # here, since the prompt has to go while they start
        return session

    @staticmethod
    def _become(session: "Session", name: str) -> None:
        from seattle.shell.errors import NoSuchIdentity  # noqa: PLC0415 - as above

        try:
            session.identity_name = session.identities.get(name).name
        except NoSuchIdentity as why:
            session.complain(why)

    async def _ask(self) -> str | None:
        """A line; None when there are to be no more."""
        while True:
            try:
                line = await self._prompt.prompt_async(self._text)
            except KeyboardInterrupt:
                self._refused = 0 if self._prompt.app.current_buffer.text else self._refused + 1
                if self._refused > 1:
                    print(_HOW_TO_LEAVE)
            except EOFError:
                print("End of input: goodbye.")
                return None
            else:
                self._refused = 0
                return line

    def _text(self) -> str:
        if self._session is not None:
            return self._session.prompt
        return f"{self._options.identity}@ !> " if self._options.identity else " !> "

    async def _do(self, line: str) -> None:
        from seattle.shell.lines import do_line  # noqa: PLC0415 - takes long, and is loaded by now

        assert self._loading is not None, "there was a prompt"
        await do_line(await self._loading, line)


class _Completer(Completer):
    """Offers what a line could go on with, once the session is there."""

    def __init__(self) -> None:
        self.session: Session | None = None

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        """What the line up to the cursor could go on with."""
        if self.session is None:
            return
        from seattle.shell.completion import candidates  # noqa: PLC0415 - takes long, and is loaded by now

        for one in candidates(self.session, document.text_before_cursor):
            yield Completion(one.text, -one.replaces, display=one.label, display_meta=one.kind)


def _history() -> History:
    """What was typed in earlier shells, in a file that only its owner reads; for this shell only, if there can't be."""
    try:
        path = own_folder() / HISTORY
        os.close(open_private(path, os.O_WRONLY | os.O_CREAT))
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)
