"""What people send by mistake, and attackers on purpose: values, bodies and files, as Hypothesis draws them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

from tests.fuzz.sent import Sent

LONG_NUMBERS = ["9" * 20, "-" + "9" * 20, "9" * 400, "1" * 3000, "0", "-1", "1e999", "NaN", "٣", "0x10", "1.5"]
WORDS = ["", " ", "\0", "a\0b", "../../etc/passwd", "%00", "%s%n", "'; DROP TABLE jobs; --", "<script>x</script>"]
LETTERS = [
    "\u202e",
    "\ud7ff",
    "\ufffe",
    "\U0010ffff",
    "\uff21\uff22\uff23",
    "\U0001d4ea\U0001d4eb",
    "e\u0301" * 40,
    "😡" * 30,
    "I am so glad. Go away!",
]
HOSTILE = ["a." * 2000, "1 " * 2000, "(" * 3000, "a@" * 1500, "http://" * 500, "-" * 3000, ">>" * 1000, "\n" * 3000]
MODELS = ["tiny", "embedded", "none-such"]
FIELDS = [
    "text", "url", "model", "engine", "language", "redact", "speakers", "customer", "webhook_url", "label", "from_step",
    "name", "password", "scopes", "token", "refresh_token", "why", "kind", "right", "correction", "lasts", "sound",
    "sample", "keep", "same_voice", "same_voice_as", "page", "per_page", "state", "q", "emotion", "days", "form",
    "audio", "file", "files", "recording", "next", "sha256", "csrf_token",
]  # fmt: skip
USEFUL = [
    "1", "0", "url", "text", "file", "auto", "channels", "left", "A", "happy", "classify", "csv", "vtt", "failed",
    "https://127.0.0.1:9/x", "https://youtu.be/dQw4w9WgXcQ", "1h", "7d", "y", "raised.flac", "/admin",
]  # fmt: skip
KNOWN = ["~clip~", "~call~", "~job~", "~share~", "~token~", "0" * 32]

texts = st.one_of(
    st.sampled_from([*LONG_NUMBERS, *WORDS, *LETTERS, *USEFUL, *MODELS]),
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
)
numbers = st.one_of(st.integers(), st.sampled_from([0, -1, 2**63, 10**30, -(10**300)]), st.floats())
plain = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
objects = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), values, max_size=5)


@st.composite
def json_bodies(draw: st.DrawFn) -> bytes:
    """An object with known fields, any other value, text that is almost JSON, or brackets without end."""
    kind = draw(st.integers(0, 9))
    if kind < 5:
        return _written(draw(objects))
    if kind < 7:
        return _written(draw(values))
    if kind == 7:
        return draw(st.sampled_from([b"[", b'{"text":', b'{"a":['])) * draw(st.sampled_from([1, 900, 5000, 9000]))
    if kind == 8:
        odd = draw(st.sampled_from([r"\ud800", r"\udc00\ud800", r"\u0000", "1" * 5000, "\xff"]))
        field = draw(st.sampled_from(FIELDS))
        quoted = odd if odd.isdigit() else f'"{odd}"'
        return f'{{"{field}": {quoted}}}'.encode("latin-1")
    return draw(st.binary(max_size=40))


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()  # NaN and Infinity included: Python writes what JSON does not have


@st.composite
def forms(draw: st.DrawFn, csrf: bool = True) -> bytes:
    pairs = draw(st.lists(st.tuples(st.sampled_from(FIELDS), texts), max_size=5))
    if csrf:
        pairs = [*pairs, ("csrf_token", "~csrf~")]
    return "&".join(f"{name}={_quoted(value)}" for name, value in pairs).encode()


def _quoted(value: str) -> str:
    return value if value.startswith("~") else quote(value, safe="")


def multipart(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    """A form with files; a part without a file name is a field."""
    found = b""
    for name, filename, data in parts:
        named = "" if filename is None else f'; filename="{filename}"'
        found += f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode("utf-8", "replace")
        found += data + b"\r\n"
    return found + b"--b--\r\n"


@st.composite
def uploads(draw: st.DrawFn, files: st.SearchStrategy[bytes]) -> bytes:
    names = st.sampled_from(["audio", "file", "files", "recording", "text", "model"])
    filenames = st.sampled_from([None, "a.wav", "", "../x", "a.srt", "\u202e.vtt", "x" * 300, "a\0b.txt"])
    parts = draw(st.lists(st.tuples(names, filenames, files), max_size=3))
    parts += [(name, None, value.encode("utf-8", "replace")) for name, value in draw(_fields)]
    data = multipart([*parts, ("csrf_token", None, b"~csrf~")])
    return data if draw(st.integers(0, 9)) else data[: draw(st.integers(0, len(data)))]


_fields = st.lists(st.tuples(st.sampled_from(FIELDS), texts), max_size=3)

_BODIES: list[tuple[str, st.SearchStrategy[bytes]]] = [
    ("application/json", json_bodies()),
    ("application/json", json_bodies()),
    ("application/x-www-form-urlencoded", forms()),
    ("multipart/form-data; boundary=b", uploads(st.binary(max_size=80))),
    ("multipart/form-data", st.binary(max_size=80)),
    ("application/octet-stream", st.binary(max_size=200)),
    ("text/plain; charset=utf-7", st.binary(max_size=40)),
]
_HEADERS = [
    ("Accept", ["application/json", "text/html", "*/*;q=x", "\xff", "a" * 500]),
    ("Range", ["bytes=0-", "bytes=9-1", "bytes=" + "9" * 25 + "-", "bytes=-" + "9" * 30, "items=1-2", "bytes=0-1,3-4"]),
    ("If-Modified-Since", ["Fri, 99 Dec 9999 99:99:99 GMT", "0", "\xff"]),
    ("If-None-Match", ['"x"', "*", "W/"]),
    ("Last-Event-ID", ["0", "9" * 30, "9" * 3000, "-1", "x"]),
    ("Idempotency-Key", ["a", "\xff", "x" * 300, "same"]),
    ("Authorization", ["Bearer x", "Bearer a.b.c", "Bearer \xff", "Basic Og==", "Bearer"]),
    ("X-API-Key", ["ek_x", "\xff", ""]),
    ("Origin", ["null", "http://[", "https://evil.example"]),
    ("Sec-Fetch-Site", ["cross-site", "same-origin"]),
    ("X-Request-ID", ["x" * 300, "\xff", "abc"]),
    ("Content-Encoding", ["gzip"]),
    ("Cookie", ["emotion-clf=.eJw", "emotion-clf=\xff; ;=;"]),
    ("Host", ["", "[", "evil.example", "localhost:99999999"]),
]  # fmt: skip


@st.composite
def headers(draw: st.DrawFn) -> tuple[tuple[str, str], ...]:
    chosen = draw(st.lists(st.sampled_from(_HEADERS), max_size=2, unique_by=lambda each: each[0]))
    found = [(name, draw(st.sampled_from(values))) for name, values in chosen]
    if not any(name == "Accept" for name, _ in found):
        found.append(("Accept", draw(st.sampled_from(["application/json", "text/html"]))))
    return tuple(found)


@st.composite
def targets(draw: st.DrawFn, rule: str, arguments: tuple[str, ...]) -> str:
    """The path of a rule with known or strange values in it, and a query."""
    path = rule
    for name in arguments:
        path = path.replace(f"<{name}>", draw(_path_values(name)), 1)
    if not draw(st.booleans()):
        return path
    pairs = draw(st.lists(st.tuples(st.sampled_from(FIELDS), texts), max_size=3))
    return path + "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)


def _path_values(name: str) -> st.SearchStrategy[str]:
    plain_name = name.rpartition(":")[2]
    likely = {"job_id": ["~call~", "~job~"], "analysis_id": ["~clip~"], "token": ["~token~"], "share_id": ["~share~"]}
    own = likely.get(plain_name, ["0", "1", "2", "tiny", "vtt", "confusion.svg"])
    strange = st.text(min_size=1, max_size=20).map(lambda text: quote(text, safe=""))
    raw = st.binary(min_size=1, max_size=6).map(quote_from_bytes)
    return st.one_of(
        st.sampled_from(own), st.sampled_from(own), st.sampled_from([*KNOWN, *LONG_NUMBERS[:4]]), strange, raw
    )


@st.composite
def requests(draw: st.DrawFn, routes: list[tuple[str, tuple[str, ...], str, str]]) -> Sent:
    """A request for one of these addresses: rule, arguments, method and endpoint."""
    rule, arguments, method, endpoint = draw(st.sampled_from(routes))
    target = draw(targets(rule, arguments))
    found = draw(headers())
    if method in {"GET", "HEAD", "OPTIONS"} and draw(st.integers(0, 9)):
        return Sent(method, target, found, b"", endpoint)
    media_type, bodies = draw(st.sampled_from(_BODIES))
    return Sent(method, target, (*found, ("Content-Type", media_type)), draw(bodies), endpoint)
