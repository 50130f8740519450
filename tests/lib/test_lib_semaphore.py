"""`semaphore`: permits by handle, first come first served."""

from tests.lib.conftest import Run


def test_given_permits_when_they_are_taken_then_each_is_taken_once(run: Run) -> None:
    program = (
        "import semaphore\n"
        "handle = semaphore.create()\n"
        "semaphore.up(handle)\nsemaphore.up(handle)\n"
        "print(semaphore.down(handle), semaphore.down(handle))\n"
        "def later():\n    print('waited', semaphore.down(handle))\n"
        "createthread(later)\n"
        "semaphore.up(handle)\n"
    )
    assert run(program) == "True True\nwaited True\n"


def test_given_several_who_wait_when_permits_come_then_the_first_to_wait_goes_on_first(run: Run) -> None:
    program = (
        "import semaphore, threading\n"
        "handle, order = semaphore.create(), []\n"
        "def wait(number):\n    semaphore.down(handle)\n    order.append(number)\n"
        "threads = [threading.Thread(target=wait, args=(number,)) for number in range(4)]\n"
        "for number, thread in enumerate(threads):\n"
        "    thread.start()\n"
        "    while len(semaphore._semaphores[handle].waiting) <= number:\n        sleep(0.001)\n"
        "for thread in threads:\n    semaphore.up(handle)\n    thread.join()\n"
        "print(order)\n"
    )
    assert run(program) == "[0, 1, 2, 3]\n"


def test_given_one_who_waits_when_the_semaphore_is_destroyed_then_it_goes_on_and_is_told(run: Run) -> None:
    program = (
        "m = dy_import_module('semaphore.r2py')\n"
        "handle = m.semaphore_create()\n"
        "def wait():\n    print(m.semaphore_down(handle))\n"
        "createthread(wait)\n"
        "while not m._context['_semaphores'][handle].waiting:\n    sleep(0.001)\n"
        "print(m.semaphore_destroy(handle), m.semaphore_destroy(handle))\n"
        "for use in (m.semaphore_up, m.semaphore_down):\n"
        "    try:\n        use(handle)\n    except ValueError:\n        print('destroyed')\n"
    )
    assert sorted(run(program).splitlines()) == ["False", "True False", "destroyed", "destroyed"]
