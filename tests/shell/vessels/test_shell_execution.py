"""Programs: run, start, stop, reset, wait, follow, and their logs."""

from io import StringIO

import pytest
from rich.console import Console
from tests.shell.vessels.shell_at import ShellAt

from seattle.shell.errors import Incomplete, Unfit

HELLO = "log('hello from the vessel\\n')\n"
FOREVER = "while True:\n    sleep(1)\n"


def test_given_a_program_when_run_then_nothing_is_said_and_the_log_has_what_it_wrote(shell: ShellAt) -> None:
    assert shell.do(f"on %1 run {shell.file('helloworld.repy', HELLO)}") == ""
    assert shell.notes == ""
    shell.do("on %1 wait")
    assert shell.do("on %1 show log") == f"Log from '{shell.known('%1')[0].vessel}':\nhello from the vessel\n"


def test_given_a_second_run_when_the_log_is_shown_then_it_has_both(shell: ShellAt) -> None:
    program = shell.file("helloworld.repy", HELLO)
    for _ in range(2):
        shell.do(f"on %1 run {program}")
        shell.do("on %1 wait")
    assert shell.do("on %1 show log").count("hello from the vessel") == 2


@pytest.mark.parametrize("command", ["run", "runv1", "runv2"])
def test_given_arguments_when_run_then_the_program_has_them(shell: ShellAt, command: str) -> None:
    program = shell.file("args.py", "log(repr(callargs))\n")
    shell.do(f"on %1 {command} {program} one 'two words' -3")
    shell.do("on %1 wait")
    assert "['one', 'two words', '-3']" in shell.do("on %1 show log")


def test_given_a_program_that_imports_a_file_beside_it_when_run_then_both_are_there(shell: ShellAt) -> None:
    shell.file("helper.py", "def greet():\n    return 'hello from the helper'\n")
    program = shell.file("greeting.py", "import helper\nlog(helper.greet())\n")
    shell.do(f"on %1 run {program}")
    shell.do("on %1 wait")
    assert "hello from the helper" in shell.do("on %1 show log")
    assert shell.do("on %1 show files").endswith(": 'greeting.py helper.py'\n")


def test_given_a_running_program_when_another_is_run_then_it_is_refused_with_one_reason_for_all(
    shell: ShellAt,
) -> None:
    shell.do(f"run {shell.file('infloop.repy', FOREVER)}")
    assert shell.do(f"run {shell.file('helloworld.repy', HELLO)}") == ""
    reason, affected = shell.notes.splitlines()
    assert reason == "A program is already started there: `stop` ends it."
    assert affected.startswith("Affected vessels: %1(")
    assert ", and %6(" in affected


def test_given_one_vessel_runs_when_all_are_to_run_then_runfail_has_that_and_rungood_the_others(
    shell: ShellAt,
) -> None:
    program = shell.file("infloop.repy", FOREVER)
    shell.do(f"on %2 run {program}")
    assert "Added group 'rungood' with 5 targets and 'runfail' with 1 target" in shell.do(f"run {program}")
    assert shell.group("runfail") == [str(shell.known("%2")[0].vessel)]


def test_given_no_program_here_when_run_then_it_is_told_where_it_has_to_be(shell: ShellAt) -> None:
    with pytest.raises(Unfit) as raised:
        shell.do("run nothing.repy")
    assert "on this computer" in raised.value.hint


LAYER = "CHILD_CONTEXT_DEF['log']['target'] = lambda *words: log('beneath:', *words)\nsecure_dispatch_module()\n"


def test_given_the_word_of_the_reference_when_a_layer_and_a_program_follow_then_the_one_runs_beneath_the_other(
    shell: ShellAt,
) -> None:
    layer, program = shell.file("monitor.py", LAYER), shell.file("attack.py", "log(callargs[0], '\\n')\n")
    assert shell.do(f"on %1 run encasementlib.r2py {layer} {program} one") == ""
    shell.do("on %1 wait")
    assert "beneath: one" in shell.do("on %1 show log")


def test_given_a_layer_that_never_hands_on_when_a_program_follows_then_nothing_is_run(shell: ShellAt) -> None:
    layer, program = shell.file("monitor.py", "secure_dispatch_modul()\n"), shell.file("attack.py", HELLO)
    with pytest.raises(Unfit, match="is no layer"):
        shell.do(f"on %1 run encasementlib.r2py {layer} {program}")
    with pytest.raises(Unfit, match="no program is named"):
        shell.do(f"on %1 run encasementlib.r2py {shell.file('layer.py', LAYER)}")
    assert shell.do("on %1 show files").endswith(": ''\n")


def test_given_a_layer_and_a_program_of_one_name_when_they_are_to_run_then_neither_takes_the_other_s_place(
    shell: ShellAt,
) -> None:
    layer = shell.file("same.py", LAYER)
    (layer.parent / "other").mkdir()
    (layer.parent / "other" / "same.py").write_text(HELLO)
    with pytest.raises(Unfit, match=r"two files would be 'same\.py'"):
        shell.do(f"on %1 run encasementlib.py {layer} {layer.parent / 'other' / 'same.py'}")


def test_given_an_uploaded_program_when_started_then_it_runs(shell: ShellAt) -> None:
    shell.do(f"on %1 upload {shell.file('args.py', 'log(callargs[0])')}")
    assert shell.do("on %1 start args.py seven") == ""
    shell.do("on %1 wait")
    assert "seven" in shell.do("on %1 show log")


def test_given_no_such_program_when_started_then_it_is_told_once(shell: ShellAt) -> None:
    shell.do("start nothing.py")
    assert shell.notes.startswith("The file was not found in the vessel")
    assert len(shell.notes.splitlines()) == 2


def test_given_a_running_program_when_stopped_then_it_is_and_that_is_all(shell: ShellAt) -> None:
    shell.do(f"run {shell.file('infloop.repy', FOREVER)}")
    assert shell.do("stop") == ""
    told = shell.do("list")
    assert told.count("Stopped") == 6


def test_given_files_and_a_log_when_reset_then_the_vessel_is_fresh(shell: ShellAt) -> None:
    shell.do(f"on %1 run {shell.file('helloworld.repy', HELLO)}")
    shell.do("on %1 reset")
    assert "Fresh" in shell.do("on %1 list")
    assert shell.do("on %1 show files").endswith(": ''\n")


def test_given_programs_that_end_differently_when_waited_for_then_their_ends_are_told_and_grouped(
    shell: ShellAt,
) -> None:
    shell.do(f"on %1 run {shell.file('good.py', 'log(1)')}")
    shell.do(f"on %2 run {shell.file('bad.py', 'print(1 / 0)')}")
    shell.session.targets.set_group("ran", [one.vessel.place for one in shell.known()[:2]])
    told = shell.do("on ran wait 60")
    assert "exited: %1(" in told or "exited(0): %1(" in told
    assert "ZeroDivisionError" in told
    assert shell.group("waitgood") == [str(shell.known("%1")[0].vessel)]
    assert shell.group("waitfail") == [str(shell.known("%2")[0].vessel)]


def test_given_a_program_without_an_end_when_waited_for_some_time_then_it_is_told_that_it_still_runs(
    shell: ShellAt,
) -> None:
    shell.do(f"on %1 run {shell.file('infloop.repy', FOREVER)}")
    assert shell.do("on %1 wait 0.2") == ""
    assert shell.notes.startswith("The program still runs: ")


def test_given_nothing_has_run_when_waited_for_then_that_is_told(shell: ShellAt) -> None:
    shell.do("on %1 wait")
    assert "no program has run there yet" in shell.notes


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "inf", "nan"])
def test_given_what_is_no_time_when_waiting_then_it_is_refused(shell: ShellAt, seconds: str) -> None:
    with pytest.raises(Unfit):
        shell.do(f"on %1 wait {seconds}")


def test_given_the_same_log_everywhere_when_shown_then_it_is_shown_once(shell: ShellAt) -> None:
    shell.do(f"run {shell.file('helloworld.repy', HELLO)}")
    shell.do("wait")
    told = shell.do("show log")
    assert told.count("hello from the vessel") == 1
    assert "(6 vessels, the same)" in told
    shell.do("set folding off")
    assert shell.do("show log").count("hello from the vessel") == 6


def test_given_a_log_that_would_steer_the_terminal_when_shown_then_it_does_not(shell: ShellAt) -> None:
    program = shell.file("evil.py", "log(chr(27) + '[2J')")
    shell.do(f"on %1 run {program}")
    shell.do("on %1 wait")
    assert "\\x1b[2J" in shell.do("on %1 show log")
    assert "\\x1b[2J" in shell.do("on %1 follow")


def test_given_a_program_that_writes_headings_when_its_log_is_shown_then_none_can_be_taken_for_ours(
    shell: ShellAt,
) -> None:
    forged = "Log from 'UAAAAAAAA/v1':\nstolen\n> Log from 'UBBBBBBBB/v1':\n\nFile 'key' on 'UAAAAAAAA/v1': \nLog it\n"
    shell.do(f"on %1 run {shell.file('forger.py', f'log({forged!r})')}")
    shell.do("on %1 wait")
    name = shell.known("%1")[0].vessel
    assert shell.do("on %1 show log").splitlines() == [
        f"Log from '{name}':",
        "> Log from 'UAAAAAAAA/v1':",
        "stolen",
        "> > Log from 'UBBBBBBBB/v1':",
        "",
        "> File 'key' on 'UAAAAAAAA/v1': ",
        "Log it",
    ]
    shell.do(f"on %1 upload {shell.file('forged.txt', forged)}")
    assert "\n> File 'key' on" in shell.do("on %1 cat forged.txt")
    shell.do(f"on %1 show log to {shell.folder / 'logs'}")
    [written] = shell.folder.glob("logs.*")
    assert written.read_text() == forged
    screen = StringIO()
    shell.session.out = Console(file=screen, force_terminal=True)
    shell.do("on %1 show log")
    assert (screen.getvalue().startswith(f"\x1b[1mLog from '{name}':"), screen.getvalue().count("\x1b[1m")) == (True, 1)


def test_given_a_prefix_when_logs_are_written_then_each_vessel_has_a_file_and_a_line(shell: ShellAt) -> None:
    shell.do(f"run {shell.file('helloworld.repy', HELLO)}")
    shell.do("wait")
    told = shell.do(f"show log to {shell.folder / 'logs'}")
    files = sorted(shell.folder.glob("logs.*"))
    assert [":" in path.name for path in files] == [False] * 6
    assert all(path.read_text() == "hello from the vessel\n" for path in files)
    assert told.count("Wrote log of '") == 6


def test_given_no_prefix_when_logs_are_to_be_written_then_it_is_wrong_usage(shell: ShellAt) -> None:
    with pytest.raises(Incomplete):
        shell.do("show log to")


def test_given_programs_that_write_when_followed_then_lines_say_where_they_are_from_and_ends_are_told(
    shell: ShellAt,
) -> None:
    program = shell.file("lines.py", "for n in range(3):\n    log(n, chr(10))")
    shell.do(f"run {program}")
    lines = shell.do("follow").splitlines()
    assert sorted(lines) == sorted(f"%{number} | {n} " for number in range(1, 7) for n in range(3))
    assert shell.notes.startswith("exited")


def test_given_a_program_without_an_end_when_following_is_interrupted_then_what_came_is_kept_and_it_runs_on(
    shell: ShellAt,
) -> None:
    program = shell.file("forever.py", "log('begun', chr(10))\nwhile True:\n    sleep(1)")
    shell.do(f"on %1 run {program}")
    told = shell.interrupted("on %1 show log follow", after="begun")
    assert "%1 | begun" in told
    assert "1 of 1 programs run on" in shell.notes
    assert "Started" in shell.do("on %1 list")
