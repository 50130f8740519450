"""librepy, all parts of it: the run loop, threads and pools, sockets, files, random numbers."""

from tests.lib.conftest import Run


def test_given_scheduled_functions_when_their_times_come_then_they_are_called_in_that_order(run: Run) -> None:
    program = (
        "import librepyrunloop as loop\n"
        "loop.runIn(0.04, lambda: print('later'))\n"
        "loop.runAt(getruntime() + 0.02, lambda: print('at its time'))\n"
        "loop.runIn(0, lambda: 1 / 0)\n"
    )
    lines = run(program).splitlines()
    assert lines[0] == "in the run loop:"
    assert lines[-3:] == ["ZeroDivisionError: division by zero", "at its time", "later"]


def test_given_a_repeated_function_when_it_is_stopped_then_it_is_called_no_more(run: Run) -> None:
    program = (
        "import librepyrunloop as loop\n"
        "calls = []\n"
        "def again():\n"
        "    calls.append(1)\n"
        "    if len(calls) == 3:\n"
        "        print(len(calls), loop.stopSchedule(handle), loop.stopSchedule(handle))\n"
        "handle = loop.runEvery(0.005, again)\n"
    )
    assert run(program) == "3 True False\n"


def test_given_a_task_far_away_when_it_is_stopped_then_it_keeps_no_program_alive(run: Run) -> None:
    program = (
        "import librepyrunloop as loop\n"
        "far = loop.runIn(1000, print)\nevery = loop.runEvery(1000, print)\n"
        "print(loop.stopSchedule(far), loop.stopSchedule(7))\nloop.terminate_runloop()\n"
    )
    assert run(program) == "True False\n"


def test_given_threads_when_they_end_then_they_can_be_joined_while_they_run(run: Run) -> None:
    program = (
        "import librepythread as threads\n"
        "thread = threads.Thread(print, ('a', 'b'), {'sep': '-'})\n"
        "gate = threads.Lock()\n"
        "gate.acquire()\n"
        "waiting = threads.Thread(gate.acquire)\n"
        "waiting.start()\ncreatethread(gate.release)\nprint(waiting.is_alive() or True)\n"
        "thread.start()\n"
        "while thread.is_alive():\n    sleep(0.001)\n"
        "try:\n    thread.join()\nexcept RuntimeError as why:\n    print(why)\n"
        "timers = [threads.Timer(0.01, print, ('timer',)), threads.Timer(1000, print, ('never',))]\n"
        "for timer in timers:\n    timer.start()\n"
        "timers[1].cancel()\n"
    )
    assert run(program).splitlines() == ["True", "a-b", "the thread does not run", "timer"]


def test_given_a_pool_when_it_has_more_to_do_than_threads_then_it_grows_to_its_most(run: Run) -> None:
    program = (
        "import librepythread, threading\n"
        "pool = librepythread.ThreadPool(1, 3, 2)\n"
        "gate, done = threading.Event(), threading.Semaphore(0)\n"
        "def work():\n    gate.wait()\n    done.release()\n"
        "pool.start()\n"
        "for _ in range(20):\n    pool.add_task(work)\n"
        "print(pool.threads())\n"
        "gate.set()\n"
        "for _ in range(20):\n    done.acquire()\n"
        "print(pool.queued_tasks())\n"
        "pool.destroy()\n"
        "try:\n    pool.add_task(work)\nexcept RuntimeError as why:\n    print(why)\n"
    )
    assert run(program) == "3\n0\nthe pool does not run\n"


def test_given_a_pool_when_a_call_fails_then_it_is_reported_and_the_next_one_is_made(run: Run) -> None:
    program = (
        "import librepythread\n"
        "pool = librepythread.ThreadPool(1, 1)\n"
        "pool.start()\n"
        "pool.add_task(lambda: 1 / 0)\n"
        "pool.add_task(pool.destroy)\n"
    )
    told = run(program)
    assert told.startswith("in a thread pool:\n")
    assert told.endswith("ZeroDivisionError: division by zero\n")


def test_given_a_pool_of_as_many_threads_as_it_may_have_when_it_starts_then_it_works(run: Run) -> None:
    program = (
        "import librepythread\n"
        "pool = librepythread.ThreadPool(3, 3)\n"
        "pool.start()\nprint(pool.threads())\npool.add_task(pool.destroy)\n"
        "for wrong in ((0, 1), (3, 2)):\n"
        "    try:\n        librepythread.ThreadPool(*wrong)\n    except ValueError:\n        print('refused')\n"
    )
    assert run(program) == "3\nrefused\nrefused\n"


SERVING = (
    "import librepysocket as sockets, random\n"
    "def at_a_free_port(ports, serve):\n"
    "    for port in random.sample(ports, len(ports)):\n"
    "        try:\n            return port, serve(port)\n"
    "        except (AlreadyListeningError, AddressBindingError, CleanupInProgressError):\n            pass\n"
)


def test_given_a_server_when_a_client_connects_then_both_get_what_the_other_sends(run: Run) -> None:
    program = (
        f"{SERVING}"
        "def serve(ip, port, sock, rawsocket, listener):\n"
        "    with sock:\n        sock.sendall(sock.recvall(5).upper() + bytes(100000))\n"
        "port, stop = at_a_free_port(\n"
        "    sockets.get_connports(), lambda port: sockets.waitforconn('127.0.0.1', port, serve))\n"
        "with sockets.openconn('127.0.0.1', port) as client:\n"
        "    client.settimeout(0)\n"
        "    try:\n        client.recv(1)\n    except SocketWouldBlockError:\n        print('nothing yet')\n"
        "    client.settimeout(30)\n"
        "    print(client.getpeername() == ('127.0.0.1', port), client.sendall('hello'))\n"
        "    answer = client.recvall(200000)\n"
        "    print(answer[:5], len(answer))\n"
        "    try:\n        client.recv(1)\n    except SocketClosedRemote:\n        print('closed')\n"
        "stop()\n"
    )
    assert run(program) == "nothing yet\nTrue 5\nb'HELLO' 100005\nclosed\n"


def test_given_a_function_that_fails_when_a_connection_comes_then_the_delegate_is_told(run: Run) -> None:
    program = (
        f"{SERVING}"
        "import threading\n"
        "def serve(*arguments):\n    raise ValueError('no')\n"
        "told = threading.Event()\n"
        "def tell(error):\n    print(repr(error))\n    told.set()\n"
        "port, stop = at_a_free_port(\n"
        "    sockets.get_connports(),\n"
        "    lambda port: sockets.waitforconn('127.0.0.1', port, serve, err_delegate=tell))\n"
        "client = sockets.openconn('localhost', port)\ntold.wait()\nclient.close()\nstop()\n"
    )
    assert run(program) == "ValueError('no')\n"


def test_given_a_connection_that_is_silent_when_all_of_it_is_wanted_then_the_timeout_is_told(run: Run) -> None:
    program = (
        f"{SERVING}"
        "import threading\n"
        "end = threading.Event()\n"
        "def serve(ip, port, sock, rawsocket, listener):\n    sock.send('half')\n    end.wait()\n    sock.close()\n"
        "port, stop = at_a_free_port(\n"
        "    sockets.get_connports(), lambda port: sockets.waitforconn('127.0.0.1', port, serve))\n"
        "client = sockets.openconn('127.0.0.1', port)\n"
        "client.settimeout(0.1)\n"
        "try:\n    client.recvall(10)\nexcept TimeoutError:\n    print('silent')\n"
        "end.set()\nstop()\n"
        "client.close()\n"
        "for call in (lambda: client.sendall('x'), lambda: client.recvall(1)):\n"
        "    try:\n        call()\n    except SocketClosedLocal:\n        print('closed here')\n"
    )
    assert run(program) == "silent\nclosed here\nclosed here\n"


def test_given_a_receiver_when_a_datagram_is_sent_then_the_function_gets_it(run: Run) -> None:
    program = (
        f"{SERVING}"
        "import threading\n"
        "got = threading.Event()\n"
        "def take(ip, port, message):\n    print(ip, message)\n    got.set()\n"
        "port, stop = at_a_free_port(\n"
        "    sockets.get_messports(), lambda port: sockets.recvmess(port, take, '127.0.0.1'))\n"
        "print(sockets.sendmess('127.0.0.1', port, 'datagram'))\n"
        "got.wait()\nstop()\n"
    )
    assert sorted(run(program).splitlines()) == ["127.0.0.1 b'datagram'", "8"]


def test_given_a_file_when_it_is_read_and_written_then_each_place_in_it_moves_by_itself(run: Run) -> None:
    program = (
        "import librepyfile as files\n"
        "with files.open('a.txt') as file:\n"
        "    file.write('one\\ntwo\\nthree')\n"
        "    file.seek(4)\n"
        "    other = file.dup()\n"
        "    print(file.readline(), file.tell(), other.tell(), file.size(), file.read(2), file.read())\n"
        "    other.write(b'TWO')\n    other.close()\n"
        "    file.seek(0)\n    print(list(file))\n"
        "    file.seek(-5, False)\n    print(file.read(), file.read())\n"
        "print(files.lsdir() == ['a.txt', 'program.py'])\n"
        "def write():\n    files.open('a.txt', 'r').write('x')\n"
        "for wrong in (file.read, lambda: files.open('none', create=False), write):\n"
        "    try:\n        wrong()\n"
        "    except (FileClosedError, FileNotFoundError, ValueError) as why:\n        print(type(why).__name__)\n"
    )
    assert run(program) == (
        "b'two\\n' 8 4 13 b'th' b'ree'\n"
        "[b'one\\n', b'TWO\\n', b'three']\n"
        "b'three' b''\n"
        "True\nFileClosedError\nFileNotFoundError\nValueError\n"
    )


def test_given_the_old_way_to_load_it_when_a_program_uses_its_names_then_all_of_them_are_there(run: Run) -> None:
    program = (
        "dy_import_module_symbols('librepy.r2py')\n"
        "print(len(randomstring(9)), 0 <= randomfloat() < 1, 0 <= randomint() < 2**31, 0 <= randomlong() < 2**64)\n"
        "file = open('f')\nfile.write('x')\nfile.close()\nrmfile('f')\nprint(lsdir())\n"
        "runIn(0, lambda: print('called'))\n"
    )
    assert run(program) == "9 True True True\n['program.py']\ncalled\n"
