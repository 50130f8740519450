"""Tests as in Python's `unittest`: TestCase with its assertions, suites, and a runner that tells what failed.

    suite = unittest.TestSuite(RelayTest(name) for name in ("test_answers", "test_closes"))
    unittest.TextTestRunner().run(suite)

Missing: `main`, loaders and discovery, for no program can ask for the names in a class: name the tests, as above;
`assertWarns`, for there is no `warnings`; `assertLogs`; the differences that Python shows of long values; `mock`, which
intercepts attribute access; `setUpClass`, `setUpModule` and their kin; the asynchronous cases.
"""

import re
import sys
import time
import traceback
from collections import Counter


class SkipTest(Exception):
    """Raise it in a test that can't be made here, with the reason."""


def skip(reason):
    """Decorate a test, or a class of them: it is not made."""

    def decorate(test):
        test.skip_reason = reason
        return test

    return decorate


def skipIf(condition, reason):
    """`skip`, if the condition is true."""
    return skip(reason) if condition else _as_it_is


def skipUnless(condition, reason):
    """`skip`, if the condition is false."""
    return skipIf(not condition, reason)


def expectedFailure(test):
    """Decorate a test that is to fail."""
    test.is_to_fail = True
    return test


def _as_it_is(test):
    return test


class TestResult:
    """What came of tests: pairs of a test and a text in `failures`, `errors`, `skipped`, and how many were made."""

    def __init__(self):
        self.failures, self.errors, self.skipped, self.expectedFailures = [], [], [], []
        self.unexpectedSuccesses = []
        self.testsRun = 0
        self.shouldStop = self.failfast = False

    def startTest(self, test):
        """A test begins."""
        self.testsRun += 1

    def stopTest(self, test):
        """A test is over."""

    def addSuccess(self, test):
        """It has passed."""

    def addFailure(self, test, text):
        """An assertion of it was not true."""
        self._add(self.failures, test, text)

    def addError(self, test, text):
        """It raised something else."""
        self._add(self.errors, test, text)

    def addSkip(self, test, reason):
        """It was not made."""
        self.skipped.append((test, reason))

    def addExpectedFailure(self, test, text):
        """It has failed, as it was to."""
        self.expectedFailures.append((test, text))

    def addUnexpectedSuccess(self, test):
        """It has passed, which it was not to."""
        self.unexpectedSuccesses.append(test)
        self.shouldStop = self.shouldStop or self.failfast

    def wasSuccessful(self):
        """Whether nothing went wrong."""
        return not (self.failures or self.errors or self.unexpectedSuccesses)

    def stop(self):
        """Make no more tests."""
        self.shouldStop = True

    def _add(self, found, test, text):
        found.append((test, text))
        self.shouldStop = self.shouldStop or self.failfast


class TestCase:
    """A test: derive from it, with methods that use its assertions. `methodName` says which of them this one makes."""

    failureException = AssertionError
    longMessage = True

    def __init__(self, methodName="runTest"):
        if not callable(getattr(self, methodName, None)):
            raise ValueError(f"no such test method in {type(self).__name__}: {methodName}")  # noqa: TRY004 - as in Python
        self._method = methodName
        self._cleanups = []
        self._result = None
        self._has_failed = False

    def setUp(self):
        """Called before the test."""

    def tearDown(self):
        """Called after the test, if `setUp` was not to blame."""

    def addCleanup(self, function, /, *args, **kwargs):
        """Have a function called when the test is over, the last one first."""
        self._cleanups.append((function, args, kwargs))

    def doCleanups(self):
        """Call those functions now."""
        while self._cleanups:
            function, args, kwargs = self._cleanups.pop()
            self._attempt(lambda call=(function, args, kwargs): call[0](*call[1], **call[2]))

    def countTestCases(self):
        """One."""
        return 1

    def id(self):
        """Its class and method."""
        return f"{type(self).__name__}.{self._method}"

    def shortDescription(self):
        """The first line of its docstring; None if there is none."""
        text = getattr(self, self._method).__doc__
        return text.strip().splitlines()[0] if text else None

    def skipTest(self, reason):
        """Raise SkipTest."""
        raise SkipTest(reason)

    def run(self, result=None):
        """Make the test; returns what came of it."""
        result = TestResult() if result is None else result
        method = getattr(self, self._method)
        result.startTest(self)
        reason = getattr(method, "skip_reason", None) or getattr(self, "skip_reason", None)
        if reason is not None:
            result.addSkip(self, reason)
        else:
            self._make(method, result)
        result.stopTest(self)
        return result

    def debug(self):
        """Make the test, and let what it raises go to the caller."""
        self.setUp()
        getattr(self, self._method)()
        self.tearDown()

    def subTest(self, msg=None, **params):
        """A part of a test: `with self.subTest(n=1):` tells of its failure, and the test goes on."""
        return _SubTest(self, msg, params)

    def _make(self, method, result):
        is_to_fail = getattr(method, "is_to_fail", False)
        self._result, self._has_failed = (_Aside() if is_to_fail else result), False
        if self._attempt(self.setUp):
            self._attempt(method)
            self._attempt(self.tearDown)
        self.doCleanups()
        if not is_to_fail:
            if not self._has_failed:
                result.addSuccess(self)
        elif self._has_failed:
            result.addExpectedFailure(self, self._result.text)
        else:
            result.addUnexpectedSuccess(self)
        self._result = None

    def _attempt(self, call):
        try:
            call()
        except SkipTest as why:
            self._has_failed = True
            self._result.addSkip(self, str(why))
        except (SystemExit, GeneratorExit):
            raise
        except BaseException as why:
            self._note(self, why)
        else:
            return True
        return False

    def _note(self, test, why):
        self._has_failed = True
        add = self._result.addFailure if isinstance(why, self.failureException) else self._result.addError
        add(test, "".join(traceback.format_exception(why)))

    def __str__(self):
        return f"{self._method} ({self.id()})"

    def __repr__(self):
        return f"<{type(self).__name__} testMethod={self._method}>"

    # Assertions

    def fail(self, msg=None):
        """Fail."""
        raise self.failureException(msg)

    def _that(self, is_true, standard, msg):
        if not is_true:
            self.fail(standard if msg is None else f"{standard} : {msg}" if self.longMessage else msg)

    def assertTrue(self, expr, msg=None):
        """It is true."""
        self._that(expr, f"{expr!r} is not true", msg)

    def assertFalse(self, expr, msg=None):
        """It is false."""
        self._that(not expr, f"{expr!r} is not false", msg)

    def assertEqual(self, first, second, msg=None):
        """They are equal."""
        self._that(first == second, f"{first!r} != {second!r}", msg)

    def assertNotEqual(self, first, second, msg=None):
        """They differ."""
        self._that(first != second, f"{first!r} == {second!r}", msg)

    def assertIs(self, expr1, expr2, msg=None):
        """They are one object."""
        self._that(expr1 is expr2, f"{expr1!r} is not {expr2!r}", msg)

    def assertIsNot(self, expr1, expr2, msg=None):
        """They are two objects."""
        self._that(expr1 is not expr2, f"unexpectedly identical: {expr1!r}", msg)

    def assertIsNone(self, obj, msg=None):
        """It is None."""
        self._that(obj is None, f"{obj!r} is not None", msg)

    def assertIsNotNone(self, obj, msg=None):
        """It is not None."""
        self._that(obj is not None, "unexpectedly None", msg)

    def assertIn(self, member, container, msg=None):
        """It is in there."""
        self._that(member in container, f"{member!r} not found in {container!r}", msg)

    def assertNotIn(self, member, container, msg=None):
        """It is not in there."""
        self._that(member not in container, f"{member!r} unexpectedly found in {container!r}", msg)

    def assertIsInstance(self, obj, cls, msg=None):
        """It is of the class."""
        self._that(isinstance(obj, cls), f"{obj!r} is not an instance of {cls!r}", msg)

    def assertNotIsInstance(self, obj, cls, msg=None):
        """It is not of the class."""
        self._that(not isinstance(obj, cls), f"{obj!r} is an instance of {cls!r}", msg)

    def assertGreater(self, a, b, msg=None):
        """Assert a > b."""
        self._that(a > b, f"{a!r} not greater than {b!r}", msg)

    def assertGreaterEqual(self, a, b, msg=None):
        """Assert a >= b."""
        self._that(a >= b, f"{a!r} not greater than or equal to {b!r}", msg)

    def assertLess(self, a, b, msg=None):
        """Assert a < b."""
        self._that(a < b, f"{a!r} not less than {b!r}", msg)

    def assertLessEqual(self, a, b, msg=None):
        """Assert a <= b."""
        self._that(a <= b, f"{a!r} not less than or equal to {b!r}", msg)

    def assertAlmostEqual(self, first, second, places=None, msg=None, delta=None):
        """They differ by no more than `delta`, or are equal when their difference is rounded to 7 places."""
        self._that(*_nearness(first, second, places, delta, wanted=True), msg)

    def assertNotAlmostEqual(self, first, second, places=None, msg=None, delta=None):
        """They differ by more."""
        self._that(*_nearness(first, second, places, delta, wanted=False), msg)

    def assertRegex(self, text, expected_regex, msg=None):
        """The regular expression is found in the text."""
        found = re.search(expected_regex, text)
        self._that(found, f"Regex didn't match: {_pattern(expected_regex)!r} not found in {text!r}", msg)

    def assertNotRegex(self, text, unexpected_regex, msg=None):
        """The regular expression is not found in the text."""
        found = re.search(unexpected_regex, text)
        shown = found and text[found.start() : found.end()]
        self._that(not found, f"Regex matched: {shown!r} matches {_pattern(unexpected_regex)!r} in {text!r}", msg)

    def assertCountEqual(self, first, second, msg=None):
        """They have the same items, equally often, in whichever order."""
        first, second = list(first), list(second)
        try:
            is_same = Counter(first) == Counter(second)
        except TypeError:  # some have no hash
            is_same = len(first) == len(second) and all(first.count(one) == second.count(one) for one in first)
        self._that(is_same, f"Element counts were not equal: {first!r}, {second!r}", msg)

    def assertRaises(self, expected_exception, callable=None, *args, **kwargs):
        """The call raises it; without a call: what is in `with self.assertRaises(...) as caught:` does."""
        return self._raising(_Raises(self, expected_exception, None, kwargs.pop("msg", None)), callable, args, kwargs)

    def assertRaisesRegex(self, expected_exception, expected_regex, callable=None, *args, **kwargs):
        """It raises it, and the text of the exception matches."""
        raising = _Raises(self, expected_exception, expected_regex, kwargs.pop("msg", None))
        return self._raising(raising, callable, args, kwargs)

    def _raising(self, raising, call, args, kwargs):
        if call is None:
            return raising
        raising.name = f" by {getattr(call, '__name__', call)}"
        with raising:
            call(*args, **kwargs)
        return None

    assertSequenceEqual = assertListEqual = assertTupleEqual = assertSetEqual = assertEqual
    assertDictEqual = assertMultiLineEqual = assertEqual


class FunctionTestCase(TestCase):
    """A test that is a function."""

    def __init__(self, testFunc, setUp=None, tearDown=None, description=None):
        self._function, self._before, self._after, self._words = testFunc, setUp, tearDown, description
        super().__init__()

    def setUp(self):
        """Call what is to be called before."""
        if self._before:
            self._before()

    def tearDown(self):
        """Call what is to be called after."""
        if self._after:
            self._after()

    def runTest(self):
        """Call the function."""
        self._function()

    def id(self):
        """The function's name."""
        return self._function.__name__

    def shortDescription(self):
        """What it was described by."""
        return self._words


class TestSuite:
    """Tests, and suites of them, that are made one after another."""

    def __init__(self, tests=()):
        self._tests = []
        self.addTests(tests)

    def addTest(self, test):
        """Add a test, or another suite."""
        if isinstance(test, type):
            raise TypeError("TestCases and TestSuites must be instantiated before passing them to addTest()")
        self._tests.append(test)

    def addTests(self, tests):
        """Add several."""
        for test in tests:
            self.addTest(test)

    def countTestCases(self):
        """How many tests there are in all."""
        return sum(test.countTestCases() for test in self._tests)

    def run(self, result):
        """Make them; returns `result`."""
        for test in self._tests:
            if result.shouldStop:
                break
            test.run(result)
        return result

    def __iter__(self):
        return iter(self._tests)


class TextTestResult(TestResult):
    """A result that shows a letter for each test, or a line if `verbosity` is 2."""

    def __init__(self, stream, descriptions, verbosity):
        super().__init__()
        self.stream, self._descriptions, self._verbosity = stream, descriptions, verbosity

    def getDescription(self, test):
        """How a test is shown."""
        words = test.shortDescription()
        return f"{test}\n{words}" if self._descriptions and words else str(test)

    def startTest(self, test):
        """A test begins."""
        super().startTest(test)
        if self._verbosity > 1:
            self.stream.write(f"{self.getDescription(test)} ... ")

    def addSuccess(self, test):
        """It has passed."""
        self._show(".", "ok")

    def addFailure(self, test, text):
        """An assertion of it was not true."""
        super().addFailure(test, text)
        self._show("F", "FAIL")

    def addError(self, test, text):
        """It raised something else."""
        super().addError(test, text)
        self._show("E", "ERROR")

    def addSkip(self, test, reason):
        """It was not made."""
        super().addSkip(test, reason)
        self._show("s", f"skipped {reason!r}")

    def addExpectedFailure(self, test, text):
        """It has failed, as it was to."""
        super().addExpectedFailure(test, text)
        self._show("x", "expected failure")

    def addUnexpectedSuccess(self, test):
        """It has passed, which it was not to."""
        super().addUnexpectedSuccess(test)
        self._show("u", "unexpected success")

    def printErrors(self):
        """Show what went wrong."""
        if self._verbosity:
            self.stream.write("\n")
        for kind, found in (("ERROR", self.errors), ("FAIL", self.failures)):
            for test, text in found:
                self.stream.write(f"{'=' * 70}\n{kind}: {self.getDescription(test)}\n{'-' * 70}\n{text}\n")

    def _show(self, letter, words):
        if self._verbosity:
            self.stream.write(letter if self._verbosity == 1 else f"{words}\n")


class TextTestRunner:
    """Makes tests and shows what came of them, on a stream; on the vessel's log if none is named."""

    def __init__(self, stream=None, descriptions=True, verbosity=1, failfast=False):
        self.stream = stream or sys.stderr
        self._descriptions, self._verbosity, self._failfast = descriptions, verbosity, failfast

    def run(self, test):
        """Make the tests; returns a TextTestResult."""
        result = TextTestResult(self.stream, self._descriptions, self._verbosity)
        result.failfast = self._failfast
        began = time.perf_counter()
        test.run(result)
        taken = time.perf_counter() - began
        result.printErrors()
        tests = f"{result.testsRun} test{'' if result.testsRun == 1 else 's'}"
        self.stream.write(f"{'-' * 70}\nRan {tests} in {taken:.3f}s\n\n")
        counts = {
            "failures": result.failures,
            "errors": result.errors,
            "skipped": result.skipped,
            "expected failures": result.expectedFailures,
            "unexpected successes": result.unexpectedSuccesses,
        }
        shown = ", ".join(f"{name}={len(found)}" for name, found in counts.items() if found)
        self.stream.write("OK" if result.wasSuccessful() else "FAILED")
        self.stream.write(f" ({shown})\n" if shown else "\n")
        return result


class _Aside:
    """Takes the failures of a test that is to fail."""

    text = ""

    def addFailure(self, test, text):
        self.text = self.text or text

    addError = addSkip = addFailure


class _SubTest:
    def __init__(self, test, msg, params):
        self._test, self._msg, self._params = test, msg, params

    def id(self):
        return self._test.id()

    def shortDescription(self):
        return self._test.shortDescription()

    def __enter__(self):
        return None

    def __exit__(self, kind, error, traceback):
        if error is None:
            return False
        if isinstance(error, SkipTest):
            self._test._result.addSkip(self, str(error))
            return True
        if not isinstance(error, Exception):
            return False
        self._test._note(self, error)
        return True

    def __str__(self):
        words = [f"[{self._msg}]"] if self._msg is not None else []
        if self._params:
            words.append(f"({', '.join(f'{name}={value!r}' for name, value in self._params.items())})")
        return f"{self._test} {' '.join(words) or '(<subtest>)'}"


class _Raises:
    def __init__(self, test, expected, regex, msg):
        self._test, self._expected, self._regex, self._msg = test, expected, regex, msg
        self.exception = None
        self.name = ""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if error is None:
            names = self._expected if isinstance(self._expected, tuple) else (self._expected,)
            shown = names[0].__name__ if len(names) == 1 else str(self._expected)
            self._test._that(False, f"{shown} not raised{self.name}", self._msg)
        if not isinstance(error, self._expected):
            return False
        self.exception = error
        if self._regex is not None:
            is_found = re.search(self._regex, str(error))
            self._test._that(is_found, f'"{_pattern(self._regex)}" does not match "{error}"', self._msg)
        return True


def _nearness(first, second, places, delta, *, wanted):
    """Whether two numbers are as near as wanted, and what to say if they are not."""
    if delta is not None and places is not None:
        raise TypeError("specify delta or places not both")
    difference = abs(first - second)
    is_near = first == second or (
        difference <= delta if delta is not None else not round(difference, 7 if places is None else places)
    )
    within = f"{delta!r} delta" if delta is not None else f"{7 if places is None else places} places"
    told = f" ({difference!r} difference)" if wanted or delta is not None else ""
    return is_near == wanted, f"{first!r} {'!=' if wanted else '=='} {second!r} within {within}{told}"


def _pattern(regex):
    return regex if isinstance(regex, str) else regex.pattern
