"""`argparse` in a vessel: where its words go, and what stands for what Repy has not got. The rest is in `programs/`."""

from tests.lib.conftest import Run

PARSER = "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('port', type=int)\n"


def test_given_the_arguments_of_the_program_when_they_are_read_then_its_name_is_no_argument(run: Run) -> None:
    assert run(f"{PARSER}print(parser.parse_args())", "80") == "Namespace(port=80)\n"


def test_given_a_wrong_argument_when_it_is_read_then_the_log_has_usage_and_error_and_the_program_ends(run: Run) -> None:
    told = run(f"{PARSER}parser.parse_args()\nprint('goes on')", "http", outcome=1)
    assert "usage: program.py [-h] port\nprogram.py: error: argument port: invalid int value: 'http'\n" in told
    assert "goes on" not in told


def test_given_a_namespace_when_a_dict_is_wanted_then_there_is_one(run: Run) -> None:
    assert run(f"{PARSER}print(parser.parse_args(['5']).as_dict())") == "{'port': 5}\n"
