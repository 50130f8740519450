"""The site as it is served for real: uvicorn, in a thread, with all that stands before Django."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


@contextmanager
def served(port: int = 0) -> Iterator[str]:
    """Where the site is served meanwhile: at this port, or at any free one.

    The test needs `transactional_db`: others than its thread look, too.
    """
    from seattle.clearinghouse.asgi import application
    from seattle.clearinghouse.server import listen

    listener = listen("127.0.0.1", port)
    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="site")
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
