"""A program run once for each of many inputs."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from seattle.client.aio.farm import Farm, Job
from seattle.client.aio.files import FilesGroup, program_here
from seattle.client.answers import Answer, Answers
from seattle.client.results import Failure, Success
from seattle.client.vessel import Vessel

MapProgress = Callable[[Answer[Any], int, int], None]  # the latest, how many there are, of how many

I = TypeVar("I")  # noqa: E741 - an input


def no_map_progress(answer: Answer[Any], done: int, total: int) -> None:
    """Tell nobody."""


class MappingGroup(FilesGroup):
    """Vessels over which inputs are farmed out."""

    async def map(
        self,
        program: str | Path,
        inputs: Iterable[I],
        *,
        file: str | None = None,
        tries: int = 3,
        timeout: float | None = None,  # noqa: ASYNC109 - of each run
        again_after: float | None = None,
        progress: MapProgress = no_map_progress,
    ) -> Answers[I]:
        """Run a program once for each input, on whichever vessel is free; the answers, in the order of the inputs.

        An input is the program's arguments: a text, a number, or a tuple or list of those. Its answer has what the
        program wrote, and the content of `file`, if one is named, as the program left it. What fails for a reason of
        the vessel's is tried elsewhere, up to `tries` times; a program that fails by itself has answered. A run that
        takes longer than `timeout` seconds is stopped and has failed. Where vessels are idle at the end, what has run
        for `again_after` seconds is tried on a second one: the first to answer counts.

        `progress` is called with each answer, how many there are now, and of how many. Cancelled, it stops all that
        runs. Raises NoSuchProgram for a Path at which there is no file, TypeError for what can be no input.
        """
        given = list(inputs)
        answers: dict[int, Answer[I]] = {}
        async with await self.imap_unordered(
            program, given, file=file, tries=tries, timeout=timeout, again_after=again_after
        ) as farm:
            async for answer in farm:
                answers[answer.index] = answer
                progress(answer, len(answers), len(given))
        return Answers([answers[number] for number in range(len(given))])

    async def imap_unordered(
        self,
        program: str | Path,
        inputs: Iterable[I],
        *,
        file: str | None = None,
        tries: int = 3,
        timeout: float | None = None,  # noqa: ASYNC109 - of each run
        again_after: float | None = None,
    ) -> Farm[I]:
        """As `map`, but for `async for`: each answer when it comes. What still runs when it is closed is stopped."""
        name, content = await program_here(program)

        async def prepare(vessel: Vessel) -> Success[int] | Failure:
            return Success(vessel.place, 0) if content is None else (await self.of([vessel]).put(content, name))[0]

        job = Job(program=name, file=file, tries=tries, timeout=timeout, again_after=again_after)
        farm = Farm(self._link, self, list(inputs), job, prepare=prepare)
        self._link.open.add(farm)
        return farm
