"""The pages: status, journal, a run, a program's text; and figures for Prometheus, if the donor wants them."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import jinja2
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from seattle.node.amounts import duration
from seattle.node.asking import ask
from seattle.node.errors import ControlRefused, NodeError
from seattle.node.journal_reader import JOURNAL, PROGRAM, GetJournal, GetProgram
from seattle.node.metrics import CONTENT_TYPE, metrics_text
from seattle.node.overview import STATUS, GetStatus
from seattle.node.page import models
from seattle.node.page.guard import Guard
from seattle.node.verbs import Order, Verb
from seattle.repy.visible import visible

PAGE_SIZE: Final = 25  # runs
MAX_QUERY: Final = 100  # characters of what is looked for
REFRESH: Final = 10  # seconds between looks of a page that refreshes by itself
_TEMPLATES: Final = Path(__file__).parent / "templates"
_STYLE: Final = (_TEMPLATES / "style.css").read_bytes()

Q = TypeVar("Q", bound=Order)
R = TypeVar("R", bound=msgspec.Struct)


def make_app(folder: Path, *, token: str, hosts: Collection[str], metrics: bool) -> ASGIApp:
    """The application for the node in `folder`, behind its guard."""
    pages = Pages(folder)
    routes = [
        Route("/", pages.status, name="status"),
        Route("/journal", pages.journal, name="journal"),
        Route("/runs/{number}", pages.run, name="run"),
        Route("/programs/{digest}", pages.program, name="program"),
        Route("/style.css", _style, name="style"),
        *([Route("/metrics", pages.metrics, name="metrics")] if metrics else []),
    ]
    handlers: Mapping[Any, Any] = {HTTPException: pages.not_there, NodeError: pages.no_answer}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), token=token, hosts=hosts)


class Pages:
    """One method for each page. They run in threads: each asks the daemon and waits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def status(self, request: Request) -> Response:
        """What runs, and how the node is."""
        told = self._ask(STATUS, GetStatus())
        cards = [models.card(view, told.now) for view in told.vessels]
        return self._page(
            request,
            "status.html",
            status=told,
            cards=sorted(cards, key=lambda card: not card.runs),
            running=sum(card.runs for card in cards),
            up=[wall for wall in told.walls if wall.state == "up"],
            down=[wall for wall in told.walls if wall.state != "up"],
            as_of=models.moment(told.now),
            up_for=duration(told.now - told.began),
            refresh=REFRESH if "refresh" in request.query_params else None,
        )

    def journal(self, request: Request) -> Response:
        """Runs, the latest first."""
        match = request.query_params.get("find", "").strip()[:MAX_QUERY]
        before = _number(request.query_params.get("before"))
        page = self._ask(JOURNAL, GetJournal(match, before, PAGE_SIZE))
        older = page.entries[-1].id if page.more else None
        rows = [models.row(entry) for entry in page.entries]
        return self._page(request, "journal.html", rows=rows, find=match, before=before, older=older)

    def run(self, request: Request) -> Response:
        """All about one run."""
        number = _number(request.path_params["number"])  # not Starlette's, which fails at thousands of digits
        found = [] if number is None else self._ask(JOURNAL, GetJournal(before=number + 1, count=1)).entries
        if not found or found[0].id != number:
            raise HTTPException(404, "The journal has no such run; it may be too old.")
        (entry,) = found
        return self._page(
            request, "run.html", row=models.row(entry), entry=entry, contacts=models.contacts(entry.account)
        )

    def program(self, request: Request) -> Response:
        """The text of a program."""
        try:
            found = self._ask(PROGRAM, GetProgram(request.path_params["digest"][:64]))
        except ControlRefused as no:
            raise HTTPException(404, "The journal has no text of this digest; it may be too old or too long.") from no
        return self._page(
            request, "program.html", digest=found.digest, text=found.text.decode("utf-8", "backslashreplace")
        )

    def metrics(self, _request: Request) -> Response:
        """Figures for Prometheus."""
        return Response(metrics_text(self._ask(STATUS, GetStatus())), media_type=CONTENT_TYPE)

    def not_there(self, request: Request, why: HTTPException) -> Response:
        """There is no such page."""
        return self._page(request, "problem.html", why.status_code, title="Not found", text=why.detail, hint="")

    def no_answer(self, request: Request, why: NodeError) -> Response:
        """The daemon doesn't run, or doesn't answer."""
        hint = getattr(why, "hint", "")
        return self._page(request, "problem.html", 503, title="The node does not answer", text=str(why), hint=hint)

    def _ask(self, verb: Verb[Q, R], request: Q) -> R:
        return ask(self._folder, verb, request)

    def _page(self, request: Request, template: str, status_code: int = 200, /, **values: object) -> Response:
        link: Callable[..., str] = lambda name, **parts: str(request.app.url_path_for(name, **parts))  # noqa: E731
        root = str(request.scope["root_path"])
        text = self._templates.get_template(template).render(
            **values, link=lambda name, **parts: root + link(name, **parts), here=template
        )
        return HTMLResponse(text, status_code)


def _style(_request: Request) -> Response:
    return Response(_STYLE, media_type="text/css")


def _shown(value: object) -> object:
    """What strangers wrote, with its control characters shown. Escaping comes after this."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _number(text: str | None) -> int | None:
    """A number in an address; None for anything else."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 18 else None
