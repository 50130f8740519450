"""`repyunit`: cases that name their tests themselves."""

from tests.lib.conftest import Run

CASE = """
m = dy_import_module("repyunit.r2py")
class Case(m.repyunit_TestCase):
    def get_class_name(self):
        return "Case"
    def get_test_method_names(self):
        return ["good", "bad", "worded", "broken", "right_error", "wrong_error"]
    def set_up(self):
        self.values = [1, 2]
    def good(self):
        self.assert_equals(self.values, [1, 2])
        self.assert_true(1)
        self.assert_false(0)
    def bad(self):
        self.assert_equals(1, 2)
    def worded(self):
        self.assert_true(False, "in my own words")
    def broken(self):
        self.values[5]
    def right_error(self):
        self.assert_error(ZeroDivisionError, lambda: 1 / 0)
    def wrong_error(self):
        self.assert_error(ZeroDivisionError, int, "5")
"""


def test_given_a_suite_when_it_is_run_then_the_log_tells_what_failed_and_why(run: Run) -> None:
    program = (
        f"{CASE}\nsuite = m.repyunit_TestSuite()\nsuite.add_tests(Case)\nresult = m.repyunit_text_test_run(suite)\n"
    )
    assert run(f"{program}print(result.get_counts(), result.was_successful())") == (
        "FAIL: Case.bad: 1 is not equal to 2\n"
        "FAIL: Case.worded: in my own words\n"
        "FAIL: Case.wrong_error: ZeroDivisionError was not raised\n"
        "ERROR: Case.broken: IndexError: list index out of range\n"
        "6 tests: 3 failed, 1 with errors\n"
        "(6, 3, 1) False\n"
    )


def test_given_one_case_when_it_is_run_then_its_method_alone_is_made(run: Run) -> None:
    assert run(f"{CASE}m.repyunit_text_test_run(Case('good'))") == "1 tests: 0 failed, 0 with errors\n"
