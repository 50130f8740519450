"""The reference's tests: cases that say themselves which methods they have, suites, and a run that tells what failed.

`unittest` is Python's.

Missing: nothing. A message of your own stands in place of the usual one.
"""


class TestCase:
    """Tests: derive from it, with `get_class_name` and `get_test_method_names`. `method` is the one to make."""

    def __init__(self, method="run_test"):
        self._method = method

    def get_class_name(self):
        """What it is called; override it."""
        return type(self).__name__

    def get_test_method_names(self):
        """The names of its tests; override it."""
        return [self._method]

    def set_up(self):
        """Called before each test."""

    def tear_down(self):
        """Called after each test, if `set_up` was not to blame."""

    def fail(self, message="the test failed"):
        """Fail."""
        raise AssertionError(message)

    def assert_true(self, value, message=None):
        """It is true."""
        if not value:
            self.fail(message or f"{value!r} is not true")

    def assert_false(self, value, message=None):
        """It is false."""
        if value:
            self.fail(message or f"{value!r} is not false")

    def assert_equals(self, first, second, message=None):
        """They are equal."""
        if first != second:
            self.fail(message or f"{first!r} is not equal to {second!r}")

    def assert_error(self, error, function, *args, **kwargs):
        """The call raises an exception of that class."""
        try:
            function(*args, **kwargs)
        except error:
            return
        self.fail(f"{error.__name__} was not raised")

    def run(self, result):
        """Make the test of this case, and note in a TestResult what came of it."""
        name = f"{self.get_class_name()}.{self._method}"
        result.started += 1
        try:
            self.set_up()
            try:
                getattr(self, self._method)()
            finally:
                self.tear_down()
        except AssertionError as why:
            result.failures.append((name, str(why)))
        except Exception as why:
            result.errors.append((name, f"{type(why).__name__}: {why}"))


class TestSuite:
    """Tests, and suites of them, that are made one after another."""

    def __init__(self):
        self._tests = []

    def add_test(self, test):
        """Add a test, or another suite."""
        self._tests.append(test)

    def add_tests(self, case):
        """Add all tests of a class derived from TestCase, or each of a list of tests."""
        if isinstance(case, type):
            case = [case(name) for name in case().get_test_method_names()]
        for test in case:
            self.add_test(test)

    def run(self, result):
        """Make them."""
        for test in self._tests:
            test.run(result)


class TestResult:
    """How many tests were made, and pairs of a name and a text of those that failed or raised something else."""

    def __init__(self):
        self.started = 0
        self.failures, self.errors = [], []

    def get_counts(self):
        """How many were made, how many of them failed, and how many raised something else."""
        return self.started, len(self.failures), len(self.errors)

    def was_successful(self):
        """Whether all passed."""
        return not self.failures and not self.errors


def text_test_run(test):
    """Make a test or a suite, and write to the vessel's log what came of it. Returns the TestResult."""
    result = TestResult()
    test.run(result)
    for kind, found in (("FAIL", result.failures), ("ERROR", result.errors)):
        for name, text in found:
            print(f"{kind}: {name}: {text}")
    started, failures, errors = result.get_counts()
    print(f"{started} tests: {failures} failed, {errors} with errors")
    return result


repyunit_TestCase = TestCase
repyunit_TestSuite = TestSuite
repyunit_TestResult = TestResult
repyunit_text_test_run = text_test_run
