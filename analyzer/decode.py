"""What the bytes of a file hold: how they are packed, how they are encoded, which format they are."""

import gzip
import io
import sys
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final, cast

from analyzer.records import AnalyzerError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DAMAGED: Final = (EOFError, OSError, zlib.error, zstd.ZstdError)  # what reading a cut or damaged file raises
GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
BOM: Final = b"\xef\xbb\xbf"
# No text begins so; the first that fits is what the file is.
PACKED: Final = ((b"BZh", "bzip2"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"\xfd7zXZ", "xz"), (b"7z\xbc\xaf", "7z"))
# UTF-16, with its mark or as JSON begins without one.
UTF16: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"{\0": "utf-16-le", b"[\0": "utf-16-le", b"\0{": "utf-16-be", b"\0[": "utf-16-be"}
KINDS: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
PACKINGS: Final = (".gz", ".zst")


def stem_of(name: str) -> str:
    """The name of a file without its folder and the endings that say how it is written; a name may hold other dots.

    >>> stem_of("runs/gpt-4.1.jsonl.gz")
    'gpt-4.1'
    """
    path = Path(name)
    while path.suffix.lower() in (*KINDS, *PACKINGS, ".txt", ".eval"):
        path = path.with_suffix("")
    return path.name


def titles(names: Sequence[str]) -> dict[str, str]:
    """What to call each file where its records name no model: its stem; with its folder, its path or its ending where others have the same.

    >>> titles(["x/a/run.jsonl", "x/b/run.jsonl", "c/other.csv"])
    {'x/a/run.jsonl': 'a/run', 'x/b/run.jsonl': 'b/run', 'c/other.csv': 'other'}
    """
    forms = {name: _forms(name) for name in dict.fromkeys(names)}
    used = Counter(form for some in forms.values() for form in set(some))
    return {name: next((form for form in some if used[form] == 1), some[-1]) for name, some in forms.items()}


def _forms(name: str) -> list[str]:
    path, stem = Path(name), "stdin" if name == "-" else stem_of(name)
    return [stem, (Path(path.parent.name) / stem).as_posix(), (path.parent / stem).as_posix(), path.as_posix()]


def unpacked(name: str, stream: io.BufferedReader) -> io.BufferedReader:
    """Decompress gzip and zstd by their first bytes; bytes of UTF-16 become UTF-8."""
    head = stream.peek(4)[:6]
    if head.startswith(GZIP):
        stream = io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=stream)))
    elif head.startswith(ZSTD):
        stream = io.BufferedReader(cast("io.RawIOBase", zstd.ZstdFile(stream)))
    elif packing := next((packing for sign, packing in PACKED if head.startswith(sign)), None):
        raise AnalyzerError(f"{name}\n  This file is packed with {packing}.\n  {_unpacking(name)}")
    encoding = UTF16.get(stream.peek(2)[:2])
    return _from_utf16(stream, encoding) if encoding else stream


def _unpacking(name: str) -> str:
    if name.endswith(".eval"):
        return f"Write it as JSON: inspect log dump {name} > {stem_of(name)}.json"
    return "Unpack it first, or pack it with gzip or zstd."


def _from_utf16(stream: IO[bytes], encoding: str) -> io.BufferedReader:
    """Half pairs and a last odd byte stay broken, so that the readers mend and count them."""
    data = stream.read()
    whole = len(data) & ~1
    text = data[:whole].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    return io.BufferedReader(cast("io.RawIOBase", io.BytesIO(text + data[whole:])))


def kind_of(name: str, stream: io.BufferedReader) -> str:
    """The format: by the ending, else by the first bytes. What is called JSONL may hold one JSON document."""
    endings = [ending.lower() for ending in Path(name).suffixes if ending.lower() not in PACKINGS]
    named = KINDS.get(endings[-1]) if endings else None
    if named and named != "jsonl":
        return named
    head = stream.peek(4096).removeprefix(BOM).lstrip()
    if head.startswith(PARQUET):
        return "parquet"
    if head.startswith(b"[") or head.partition(b"\n")[0].strip() == b"{":
        return "json"
    return "jsonl" if named or head.startswith(b"{") or not head else "csv"


def decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """UTF-8; without a single letter of it beyond ASCII, the code page that spreadsheets write on Windows."""
    try:
        return data.decode(), ()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    if text.replace("\ufffd", "").isascii():
        return data.decode("cp1252", "replace"), ("file read as Windows-1252",)
    return text, ("file with broken characters replaced",)
