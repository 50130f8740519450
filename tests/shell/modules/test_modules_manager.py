"""Enabling and disabling modules, those of others among them, which may be broken or in each other's way."""

import re
from pathlib import Path

import pytest
from tests.shell.modules.shells import Install, Shell

from seattle.client import Profile
from seattle.shell.errors import NotUnderstood
from seattle.shell.modules.errors import ModuleBroken, ModuleClash, ModuleError, NoSuchModule
from seattle.shell.modules.manager import ModuleManager

pytestmark = pytest.mark.anyio

OURS = ["clearinghouse", "factoids", "geoip", "selection", "uploaddir", "variables"]
IMPORTS = """
from seattle.shell.command_table import Command
from seattle.shell.extensions import Extension
from seattle.shell.modules.module import Module
"""
GREETER = f"""{IMPORTS}
async def greet(call):
    call.session.show("hello " + call.text("NAME", "world"))

async def start(session):
    session.note("the greeter is there")

async def stop(session):
    session.note("the greeter leaves")

MODULE = Module(summary="Greets.", commands=(Command("greet [NAME]", greet, "Greet."),), start=start, stop=stop)
"""


def bringing(*syntaxes: str) -> str:
    """The code of a module with these commands, which say what they were."""
    commands = "".join(f'Command({syntax!r}, work, "Does nothing."), ' for syntax in syntaxes)
    return f"""{IMPORTS}
async def work(call):
    call.session.show("mine")

MODULE = Module(summary="Does nothing.", commands=({commands}))
"""


async def started(profile: Profile, tmp_path: Path) -> Shell:
    """Another shell of the same user, which has begun."""
    shell = Shell.of(profile, tmp_path)
    await shell.session.modules.start(shell.session)
    return shell


async def test_given_a_fresh_user_when_a_shell_starts_then_all_modules_that_come_with_it_are_enabled(
    shell: Shell,
) -> None:
    assert list(shell.session.modules.enabled) == OURS
    assert shell.said == ""


async def test_given_modules_when_they_are_listed_then_each_has_its_state_what_it_is_and_its_package(
    shell: Shell,
) -> None:
    told = await shell.do("disable factoids", "show modules")
    rows = [line.split(maxsplit=1) for line in told.splitlines()]
    found = {row[0]: row[1] for row in rows if len(row) == 2}
    assert found["variables"].split(maxsplit=1)[0] == "enabled"
    assert found["factoids"].startswith("disabled")
    assert "Something about Seattle" in found["factoids"]
    assert found["geoip"].split()[-1] == "seattle"


async def test_given_a_module_when_it_is_disabled_then_its_commands_and_what_it_remembers_are_gone(
    shell: Shell,
) -> None:
    await shell.do("let a b", "disable variables")
    with pytest.raises(NotUnderstood):
        await shell.do("let a b")
    await shell.do("enable variables")
    assert await shell.do("show variables") == ""


async def test_given_a_disabled_module_when_another_shell_starts_then_it_is_disabled_until_it_is_enabled_again(
    shell: Shell, profile: Profile, tmp_path: Path
) -> None:
    await shell.do("disable geoip")
    assert "geoip" not in (await started(profile, tmp_path)).session.modules.enabled
    await shell.do("enable geoip")
    assert "geoip" in (await started(profile, tmp_path)).session.modules.enabled


async def test_given_two_shells_when_both_enable_a_module_then_neither_minds(
    shell: Shell, profile: Profile, tmp_path: Path
) -> None:
    await shell.do("disable geoip")
    other = await started(profile, tmp_path)
    await shell.do("enable geoip")
    await other.do("enable geoip")  # what remembers it is gone already
    assert "geoip" in other.session.modules.enabled


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("enable nonsense", NoSuchModule, "no module 'nonsense'"),
        ("disable nonsense", NoSuchModule, "no module 'nonsense'"),
        ("modulehelp nonsense", NoSuchModule, "no module 'nonsense'"),
        ("disable ../geoip", NoSuchModule, "no module"),
        ("enable geoip", ModuleError, "enabled already"),
        ("disable modules", NoSuchModule, "no module 'modules'"),
    ],
)
async def test_given_a_module_that_can_t_be_had_so_when_it_is_asked_for_then_the_error_says_why(
    shell: Shell, line: str, error: type[ModuleError], told: str
) -> None:
    with pytest.raises(error, match=told):
        await shell.do(line)


async def test_given_a_disabled_module_when_it_is_disabled_again_then_the_error_says_that_it_is(shell: Shell) -> None:
    await shell.do("disable geoip")
    with pytest.raises(ModuleError, match="not enabled"):
        await shell.do("disable geoip")


async def test_given_a_module_when_its_help_is_asked_for_then_its_text_and_commands_are_told(shell: Shell) -> None:
    told = await shell.do("modulehelp variables")
    assert told.startswith("variables: Words that are typed once")
    assert "\n\nlet NAME VALUE... -- Make a variable" in told


async def test_given_a_place_that_can_t_be_written_when_a_module_is_disabled_then_the_error_says_so(
    shell: Shell,
) -> None:
    (shell.folder / "disabled").write_text("a file, where a folder should be")
    with pytest.raises(OSError, match="disabled"):
        await shell.do("disable geoip")
    assert "geoip" in shell.session.modules.enabled


async def test_given_a_disabled_module_when_its_help_is_asked_for_then_it_is_told_how_to_enable_it(
    shell: Shell,
) -> None:
    assert "geoip: Tells where" in await shell.do("disable geoip", "modulehelp geoip")
    assert "it is disabled; `enable geoip` brings" in shell.said


async def test_given_a_package_with_a_module_when_a_shell_starts_then_it_works_like_ours(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install("greeter", GREETER)
    shell = await started(profile, tmp_path)
    assert await shell.do("greet", "greet joe") == "hello world\nhello joe\n"
    await shell.do("disable greeter")
    assert shell.said == "the greeter is there\nthe greeter leaves\n"
    with pytest.raises(NotUnderstood):
        await shell.do("greet")


async def test_given_a_disabled_module_of_others_when_modules_are_listed_then_it_is_not_imported(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    sprung = tmp_path / "sprung"
    install("trap", f"import pathlib\npathlib.Path({str(sprung)!r}).touch()\n{bringing('trap')}")
    (tmp_path / "disabled").mkdir()
    (tmp_path / "disabled" / "trap").touch()
    shell = await started(profile, tmp_path)
    assert "The package seash-trap." in await shell.do("show modules")
    assert not sprung.exists()
    await shell.do("enable trap")
    assert sprung.exists()


async def test_given_a_module_that_clashes_when_a_shell_starts_then_all_clashes_and_their_owners_are_told(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install("rival", bringing("browse", "let THIS BE...", "show variables", "mine"))
    shell = await started(profile, tmp_path)
    assert "rival" not in shell.session.modules.enabled
    assert "`browse` with `browse` (of the shell itself)" in shell.said
    assert "`let THIS BE...` with `let NAME VALUE...` (of the module 'variables')" in shell.said
    assert "`show variables` with `show variables` (of the module 'variables')" in shell.said
    assert "hint: `disable variables`" in shell.said
    assert re.search("^rival +left out ", await shell.do("show modules"), re.MULTILINE)
    with pytest.raises(NotUnderstood):
        await shell.do("mine")


async def test_given_a_module_that_clashes_when_the_other_is_disabled_then_it_can_be_enabled(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install("rival", bringing("let THIS BE..."))
    shell = await started(profile, tmp_path)
    await shell.do("disable variables", "enable rival")
    assert await shell.do("let a b") == "mine\n"
    with pytest.raises(ModuleClash):
        await shell.do("enable variables")


async def test_given_a_module_whose_own_commands_clash_when_it_is_enabled_then_both_are_told(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install("muddle", bringing("mix A", "mix B:FILE"))
    assert "`mix B:FILE` with `mix A`" in (await started(profile, tmp_path)).said


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import no_such_thing", "No module named 'no_such_thing'"),
        ("this is no Python", "SyntaxError"),
        ("raise SystemExit('no')", "SystemExit: no"),
        ("MODULE = 'a text'", "is no Module"),
        (f"{IMPORTS}\nMODULE = Module(summary=5)", "must be texts"),
        (f"{IMPORTS}\nMODULE = Module(summary='', commands=('stop',))", "must be of the type Command"),
        (f"{IMPORTS}\nMODULE = Module(summary='', extension=print)", "must be of the type Extension"),
        (bringing("[open"), "a bracket is not closed"),
        (bringing("as I like it"), "as all commands may"),
        (bringing("WHATEVER..."), "does not begin with a word of its own"),
        (f"{IMPORTS}\nasync def start(session):\n    1 / 0\nMODULE = Module(summary='', start=start)", ".py:7)"),
    ],
)
async def test_given_a_broken_module_when_a_shell_starts_then_it_is_told_and_left_out(
    install: Install, profile: Profile, tmp_path: Path, code: str, told: str
) -> None:
    install("broken", code)
    shell = await started(profile, tmp_path)
    assert list(shell.session.modules.enabled) == OURS
    assert "error: the module 'broken' is broken" in shell.said
    assert told in shell.said
    assert "hint: `disable broken` leaves it out" in shell.said


async def test_given_a_module_that_never_has_begun_when_a_shell_starts_then_it_is_left_out_after_a_while(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install(
        "idle", GREETER.replace('session.note("the greeter is there")', "import asyncio; await asyncio.Event().wait()")
    )
    shell = Shell.of(profile, tmp_path)
    shell.session.modules = ModuleManager(tmp_path / "disabled", patience=0.05)
    await shell.session.modules.start(shell.session)
    assert "the module 'idle' is broken: it has not begun, or ended, within 0.05 s" in shell.said
    assert list(shell.session.modules.enabled) == OURS


async def test_given_a_broken_module_when_it_is_disabled_then_the_next_shell_says_nothing_of_it(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install("broken", "import no_such_thing")
    await (await started(profile, tmp_path)).do("disable broken")
    assert (await started(profile, tmp_path)).said == ""


async def test_given_a_command_of_others_that_fails_when_it_is_used_then_the_module_and_the_line_are_named(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install("faulty", GREETER.replace('"hello "', "1 / 0"))
    shell = await started(profile, tmp_path)
    with pytest.raises(ModuleBroken, match=r"the module 'faulty' is broken: ZeroDivisionError.*\(.*\.py:\d+\)"):
        await shell.do("greet")


async def test_given_a_module_that_fails_at_every_line_when_it_is_disabled_then_that_line_is_done(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install(
        "jammer",
        f"""{IMPORTS}
class Jam(Extension):
    def rewrite(self, session, line):
        raise ValueError("jammed")
    def complete(self, session, words, begun):
        raise ValueError("jammed")

MODULE = Module(summary="Jams.", extension=Jam())
""",
    )
    shell = await started(profile, tmp_path)
    assert list(shell.session.extensions["jammer"].complete(shell.session, [], "x")) == []
    with pytest.raises(ModuleBroken, match="jammed"):
        await shell.do("show modules")
    await shell.do("disable jammer")
    assert "jammer" in await shell.do("show modules")


async def test_given_a_module_named_as_one_of_ours_when_a_shell_starts_then_ours_counts_and_it_is_told(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install("geoip", bringing("steal"), package="aaa-thief")
    shell = await started(profile, tmp_path)
    assert "aaa-thief brings it, and so does seattle, which counts" in shell.said
    with pytest.raises(NotUnderstood):
        await shell.do("steal")


async def test_given_a_package_that_can_t_be_read_when_a_shell_starts_then_it_is_told_and_all_others_work(
    install: Install, profile: Profile, tmp_path: Path
) -> None:
    install("greeter", GREETER)
    install("garbled", GREETER, called="garbled\nno entry at all\nx")
    install("unnamed", bringing("unnamed"))
    (tmp_path / "packages" / "seash_unnamed-1.0.dist-info" / "METADATA").unlink()
    shell = await started(profile, tmp_path)
    assert "error: whether the package seash-garbled has modules can't be told" in shell.said
    assert list(shell.session.modules.enabled) == sorted([*OURS, "greeter", "unnamed"])
    assert re.search("^unnamed +enabled +Does nothing. +in ", await shell.do("show modules"), re.MULTILINE)


@pytest.mark.parametrize("name", ["../evil", "a b", "-x", "x" * 50])
async def test_given_a_name_that_no_module_can_have_when_a_shell_starts_then_it_is_told_and_left_out(
    install: Install, profile: Profile, tmp_path: Path, name: str
) -> None:
    install("plain", bringing("plain"), called=name)
    shell = await started(profile, tmp_path)
    assert "nothing can be called so" in shell.said
    assert list(shell.session.modules.enabled) == OURS
