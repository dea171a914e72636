"""`python -m benchmarks.http`: the whole program over HTTP on loopback, behind gunicorn with 2 processes of 4 threads.

Prints plain columns: what, connections, requests, failures, median and 95th percentile in milliseconds, requests
per second. There is no bar. Both sides run on this machine, so they share its cores.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

from benchmarks import data, product

ROOT = Path(__file__).parent.parent
COUNT = 10_000
REQUESTS = 800  # of each page; creates and the home page are fewer
CREATES = 400
DEADLINE = 60  # seconds for one line
HOME = f"/{data.SLUG}/"
LIST = f"/{data.SLUG}/nonconformities"
NEW = f"{LIST}/new"
_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
Ask = Callable[[http.client.HTTPConnection], bool]


@dataclass
class Line:
    """What was measured of one kind of request."""

    what: str
    connections: int
    seconds: list[float] = field(default_factory=list)
    failures: int = 0
    elapsed: float = 0.0

    def text(self) -> str:
        """The line that is printed."""
        cuts = quantiles(self.seconds, n=20) if len(self.seconds) > 1 else [0.0] * 19
        rate = len(self.seconds) / self.elapsed if self.elapsed else 0.0
        figures = (f"{cuts[9] * 1000:.1f}", f"{cuts[18] * 1000:.1f}", f"{rate:.0f}")
        return f"{self.what:<14}{self.connections:>12}{len(self.seconds):>10}{self.failures:>10}" + "".join(
            f"{figure:>10}" for figure in figures
        )


HEAD = f"{'what':<14}{'connections':>12}{'requests':>10}{'failures':>10}{'ms':>10}{'ms-95%':>10}{'per-s':>10}"


# ---------------------------------------------------------------- the server


def application() -> object:
    """What gunicorn serves: the product on the copy whose folder is in QMS_BENCHMARK_DATA."""
    return product.application(data.Store(Path(os.environ["QMS_BENCHMARK_DATA"])))


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The port of a gunicorn that serves that folder for the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4",
         "--bind", f"127.0.0.1:{port}", "--log-level", "error", "benchmarks.http:application()"],
        cwd=ROOT, env=settings | {"QMS_BENCHMARK_DATA": str(folder)},
    )  # fmt: skip
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until both processes answer; raises RuntimeError when it does not come up."""
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                time.sleep(1.0)  # the other process comes up at about the same time
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not come up")


# ---------------------------------------------------------------- the client


def measure(what: str, port: int, ask: Ask, *, connections: int, requests: int) -> Line:
    """Ask so often over so many connections that stay open; bounded in count and in time."""
    line, lock = Line(what, connections), threading.Lock()
    until = time.monotonic() + DEADLINE

    def work(count: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for _ in range(count):
            if time.monotonic() > until:
                return
            started = time.perf_counter()
            good = _good(ask, connection)
            taken = time.perf_counter() - started
            with lock:
                line.seconds.append(taken)
                line.failures += not good

    threads = [threading.Thread(target=work, args=(requests // connections,)) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    line.elapsed = time.perf_counter() - started
    return line


def _good(ask: Ask, connection: http.client.HTTPConnection) -> bool:
    try:
        return ask(connection)
    except (OSError, http.client.HTTPException):
        connection.close()  # the next request opens it again
        return False


def get(path: str, session: str) -> Ask:
    """A request for a page."""

    def ask(connection: http.client.HTTPConnection) -> bool:
        connection.request("GET", path, headers={"Cookie": session})
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200

    return ask


def create(port: int, session: str) -> Ask:
    """A request that records a nonconformity; it succeeds when it leads to the new record."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", NEW, headers={"Cookie": session})
    answer = connection.getresponse()
    found = _TOKEN.search(answer.read())
    if found is None:
        raise RuntimeError("the form has no token")
    cookie = (answer.getheader("Set-Cookie") or session).partition(";")[
        0
    ]  # the token belongs to this session
    body = urlencode({
        "csrf_token": found.group(1).decode(), "title": "Hồ sơ quá hạn chưa có thư xin lỗi", "grade": "minor",
        "description": "Phát hiện khi kiểm tra.", "source_kind": "work", "happened_on": data.TODAY.isoformat(),
        "edition": "2015",
    })  # fmt: skip
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}

    def ask(connection: http.client.HTTPConnection) -> bool:
        connection.request("POST", NEW, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status == 303

    return ask


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        store = data.copied(COUNT, Path(folder))
        with product.running(store) as app:
            session = product.cookie(app)
        with serving(store.folder) as port:
            print(HEAD, flush=True)
            for connections in (1, 8):
                pages = (("list-of-50", get(LIST, session), REQUESTS), ("create", create(port, session), CREATES),
                         ("home", get(HOME, session), REQUESTS // 2))  # fmt: skip
                for what, ask, requests in pages:
                    measure(what, port, ask, connections=connections, requests=connections * 4)  # warms up
                    line = measure(what, port, ask, connections=connections, requests=requests)
                    print(line.text(), flush=True)


if __name__ == "__main__":
    main()
