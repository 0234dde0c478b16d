"""What an operator can choose."""

import re
import signal
from contextlib import closing

import pytest

from reference_server.cli import main
from reference_server.errors import InputError
from reference_server.settings import ProgressSettings
from tests.reference_server.loopback import TIMEOUT_S
from tests.reference_server.sse.listener import Listener, ask, listening
from tests.reference_server.test_cli import started


@pytest.mark.parametrize(
    ("name", "value", "bounds"),
    [
        ("heartbeat_ms", 9, "10 to 3600000"),
        ("replay_bytes", 65_535, "65536 to 1073741824"),
        ("max_streams", 0, "1 to 10000000"),
    ],
)
def test_a_number_out_of_range_is_refused(name: str, value: int, bounds: str) -> None:
    line = f"{name}: expected a number from {bounds}, saw {value}"

    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        ProgressSettings(**{name: value})


def test_the_command_line_has_the_heartbeat_and_the_limit() -> None:
    options = ["--heartbeat-ms", "20", "--max-streams-per-session", "1"]

    with started(*options) as (_, port), listening(port, "s") as listener:
        assert listener.text() == ": heartbeat\n\n"
        assert ask(port, "/rpc/progress/s").status == 503


def test_a_redis_that_is_not_there_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("redis", reason="the package redis is not installed")

    assert main(["serve", "--port", "0", "--redis", "redis://127.0.0.1:1/0"]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("reference_server: --redis: expected the URL of a Redis, saw ")
    assert err.count("\n") == 1


def test_a_signal_ends_the_server_and_its_streams_whole() -> None:
    with (
        started() as (process, port),
        closing(Listener(port, "/rpc/progress/s")) as listener,
    ):
        listener.event()
        process.send_signal(signal.SIGINT)

        assert listener.blocks() == []
        assert process.communicate(timeout=TIMEOUT_S) == (b"", b"")
        assert process.returncode == 0
