"""One function for many targets, in several threads at a time, and what came of each.

    handle = parallelize.start(addresses, ask, 10, "the question")
    parallelize.wait(handle)
    print(parallelize.results(handle)["returned"])

The targets are taken from the end of the list. Of fewer free threads than are wanted it takes what there is.

Missing: nothing. `concurrent.futures` is Python's way to do it.
"""

from threading import Condition, Lock

from uniqueid import get_id

_jobs = {}  # by handle


class ParallelizeError(Exception):
    """There is no job of this handle."""


class _Job:
    def __init__(self, targets, function, extra):
        self.changed = Condition(Lock())
        self.targets = targets
        self.function, self.extra = function, extra
        self.running = 0  # threads
        self.is_aborted = False
        self.results = {"exception": [], "aborted": [], "returned": []}

    def work(self):
        """Call the function for targets until there are none: a thread of the job."""
        try:
            while (target := self.next()) is not None:
                kind, value = self.outcome(*target)
                with self.changed:
                    self.results[kind].append((*target, value))
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify_all()

    def next(self):
        """The next target, in a tuple."""
        with self.changed:
            return (self.targets.pop(),) if self.targets else None

    def outcome(self, target):
        """How the call for a target ends."""
        try:
            return "returned", self.function(target, *self.extra)
        except BaseException as why:
            return "exception", f"{type(why).__name__}: {why}"

    def abort(self):
        """Make no more calls."""
        with self.changed:
            is_new, self.is_aborted = not self.is_aborted, True
            self.results["aborted"] += self.targets
            self.targets.clear()
            self.changed.notify_all()
        return is_new

    def is_over(self):
        """Whether all calls were made."""
        return not self.running and not self.targets


def start(targets, function, concurrent=5, *extra):
    """Call `function(target, *extra)` for each target, in at most `concurrent` threads. Returns a handle at once.

    Raises ResourceExhaustedError if there is no thread for it at all.
    """
    job = _Job(list(targets), function, extra)
    for _ in range(min(concurrent, len(job.targets))):
        with job.changed:
            job.running += 1
        try:
            createthread(job.work)
        except ResourceExhaustedError:
            with job.changed:
                job.running -= 1
                if not job.running and job.targets:
                    raise
            break
    handle = get_id()
    _jobs[handle] = job
    return handle


def is_finished(handle):
    """Whether all calls were made, or the job was aborted and none is running. Raises ParallelizeError."""
    return _of(handle).is_over()


def wait(handle, timeout=None):
    """Wait for that, for `timeout` seconds at most. Returns whether it is so. Raises ParallelizeError."""
    job = _of(handle)
    with job.changed:
        return job.changed.wait_for(job.is_over, timeout)


def results(handle):
    """What came of the targets so far: a dict of three lists.

    `returned` has pairs of a target and what the function returned, `exception` pairs of a target and a text,
    `aborted` the targets for which no call was made. Raises ParallelizeError.
    """
    job = _of(handle)
    with job.changed:
        return {kind: list(found) for kind, found in job.results.items()}


def abort(handle):
    """Make no more calls; those that run come to their ends. Returns False if it was aborted before.

    Raises ParallelizeError.
    """
    return _of(handle).abort()


def close(handle):
    """Abort and forget a job. Returns False if there is none."""
    job = _jobs.pop(handle, None)
    if job is None:
        return False
    job.abort()
    return True


def _of(handle):
    try:
        return _jobs[handle]
    except (KeyError, TypeError):
        raise ParallelizeError(f"there is no job {handle!r}") from None


parallelize_initfunction = start
parallelize_isfunctionfinished = is_finished
parallelize_getresults = results
parallelize_abortfunction = abort
parallelize_closefunction = close
