from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emotion_clf.audio import confine
from emotion_clf.audio.ffmpeg import ChildLimits, run_confined
from emotion_clf.errors import DecoderFailedError, UndecodableAudioError

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = ChildLimits(wall_s=10, memory_bytes=512 * 1024**2, output_bytes=100_000)
PYTHON = [sys.executable, "-I", "-S", "-c"]


def run(program: str, limits: ChildLimits = LIMITS) -> tuple[int, bytes, str]:
    with tempfile.TemporaryFile() as source:
        result = run_confined([*PYTHON, program], source, limits)
    return result.return_code, result.output, result.messages


def test_output_and_messages_come_back() -> None:
    code, output, messages = run("import sys; print('sound'); print('trouble', file=sys.stderr); sys.exit(3)")
    assert (code, output, messages) == (3, b"sound\n", "trouble\n")


def test_output_is_bounded_by_the_kernel() -> None:
    code, output, _ = run("import sys\nwhile True: sys.stdout.buffer.write(b'x' * 65536)")
    assert code != 0
    assert len(output) == LIMITS.output_bytes


def test_memory_is_bounded() -> None:
    with pytest.raises(DecoderFailedError, match="short of memory"):
        run("b = bytearray(1024**3); print(len(b))")


@pytest.mark.parametrize("signal", [9, 15])
def test_a_decoder_that_was_killed_blames_no_file(signal: int) -> None:
    with pytest.raises(DecoderFailedError, match="Try again") as failed:
        run(f"import os; print('half', flush=True); os.kill(os.getpid(), {signal})")
    assert (failed.value.status, failed.value.retry_after_s) == (503, 10)


def test_a_decoder_that_cannot_start_blames_no_file(tmp_path: Path) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_bytes(b"\x7fELF of another machine")
    broken.chmod(0o700)
    with tempfile.TemporaryFile() as source, pytest.raises(DecoderFailedError):
        run_confined([str(broken)], source, LIMITS)


def test_a_file_that_takes_all_the_time_it_may_is_too_slow() -> None:
    with pytest.raises(UndecodableAudioError, match="too long"):
        run("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
    with pytest.raises(DecoderFailedError):
        run("import time; time.sleep(9)", ChildLimits(wall_s=1, memory_bytes=LIMITS.memory_bytes, output_bytes=1000))


def test_processor_time_is_bounded() -> None:
    limits = json.dumps({"cpu_s": 1, "memory_bytes": 1024**3, "output_bytes": 1000})
    command = [sys.executable, "-I", "-S", confine.__file__, limits, *PYTHON, "while True: pass"]
    assert subprocess.run(command, timeout=20, check=False).returncode < 0


def test_the_child_has_no_network_and_gains_no_privilege() -> None:
    _, output, _ = run(
        "import socket\n"
        "print(open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0])\n"
        "print([name for _, name in socket.if_nameindex()])"
    )
    privileges, interfaces = output.decode().splitlines()
    assert privileges == "1"
    assert interfaces == "['lo']"


def test_the_network_stays_where_it_is_asked_for() -> None:
    limits = json.dumps({"cpu_s": 5, "memory_bytes": 1024**3, "output_bytes": 1000, "network": True})
    program = "import os; print(os.readlink('/proc/self/ns/net'))"
    command = [sys.executable, "-I", "-S", confine.__file__, limits, *PYTHON, program]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == str(Path("/proc/self/ns/net").readlink())


def test_the_child_sees_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    _, output, _ = run("import os; print(sorted(os.environ))")
    assert b"SECRET_KEY" not in output


def test_limits_never_rise_above_those_in_force() -> None:
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000));"
        f"sys.argv = ['confine'];sys.path.insert(0, {str(Path(confine.__file__).parent)!r});"
        "import confine; confine._limit(resource.RLIMIT_FSIZE, 10**9);"
        "print(resource.getrlimit(resource.RLIMIT_FSIZE))"
    )
    shown = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "(5000, 5000)"


def test_the_child_dies_with_its_parent() -> None:
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({[sys.executable, '-I', '-S', confine.__file__]!r} + "
        "['{\"cpu_s\": 60, \"memory_bytes\": 1073741824, \"output_bytes\": 1000}', '/bin/sleep', '60'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        child = int(running.stdout.readline())
        _wait_until(lambda: "sleep" in _command(child))
        running.kill()
        running.wait()
    _wait_until(lambda: _state(child) in {"", "Z"})


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="ascii")
    except OSError:
        return ""


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "still waiting"
        time.sleep(0.05)
