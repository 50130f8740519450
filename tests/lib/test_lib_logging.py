"""Where `logging` and `traceback` write if nobody says where, and what they show of an exception."""

from tests.lib.conftest import Run

FAILING = "def fail():\n    return [][1]\n\n"


def test_given_no_handler_when_a_warning_is_logged_then_the_vessel_s_log_has_it(run: Run) -> None:
    program = "import logging\nlogging.getLogger('a').warning('to %s', 'the log')\nlogging.getLogger('a').info('not')"
    assert run(program) == "to the log\n"


def test_given_no_configuration_when_the_module_logs_then_its_lines_look_like_python_s(run: Run) -> None:
    assert run("import logging\nlogging.error('x')\nlogging.info('not')") == "ERROR:root:x\n"


def test_given_an_exception_when_it_is_logged_twice_then_both_times_the_program_s_lines_are_shown(run: Run) -> None:
    program = (
        f"import logging\n{FAILING}try:\n    fail()\nexcept IndexError:\n"
        "    logging.exception('once')\n    logging.exception('twice')\n"
    )
    told = run(program)
    assert told.count('File "program.py", line 3, in fail\n    return [][1]\n') == 2
    assert told.count("IndexError: list index out of range\n") == 2
    assert "seattlelib" not in told


def test_given_an_exception_from_before_when_it_is_reported_then_its_lines_are_shown(run: Run) -> None:
    program = (
        f"import traceback\n{FAILING}try:\n    fail()\nexcept IndexError as why:\n    kept = why\n"
        "traceback.print_exception(kept)\n"
    )
    told = run(program)
    assert told.startswith("Traceback (most recent call last):\n")
    assert told.endswith("    return [][1]\nIndexError: list index out of range\n")


def test_given_a_message_that_can_t_be_made_when_it_is_logged_then_that_is_told_and_the_program_goes_on(
    run: Run,
) -> None:
    told = run("import logging\nlogging.error('%d', 'x')\nprint('on')")
    assert told.startswith("--- Logging error ---\nTraceback")
    assert told.endswith("Message: '%d'\nArguments: ('x',)\non\n")


def test_given_many_threads_when_they_log_then_no_line_is_torn(run: Run) -> None:
    program = (
        "import logging, threading\n"
        "logging.basicConfig(level=logging.INFO, format='%(message)s')\n"
        "def work():\n    for _ in range(20):\n        logging.info('word ' * 20)\n"
        "for _ in range(5):\n    threading.Thread(target=work).start()\n"
    )
    assert run(program).splitlines() == ["word " * 20] * 100
