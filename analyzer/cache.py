"""Keep what takes long to find again: the tables of a locale's files and the index of its phrases.

The file stands in the user's cache folder and is named after everything that it depends on; a missing or damaged one is
made anew, and where none can be written, nothing is kept.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import platformdirs

from analyzer import __version__
from analyzer.data import PACKAGE
from analyzer.index import Places


@dataclass
class Known:
    """The tables of each file, by path, and the index of all phrases; None before a first load without problems."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: Places | None = None


def cache_path(code: str, files: Iterable[Path]) -> Path:
    """Return the cache file for a locale with these files and this version of the program."""
    total = hashlib.blake2b(__version__.encode(), digest_size=12)
    for path in (*sorted(files), *(PACKAGE / f"{module}.py" for module in ("cache", "grammar", "index", "patterns", "phrases", "sources"))):
        total.update(path.read_bytes())
    return platformdirs.user_cache_path("response-analyzer") / f"{code}-{total.hexdigest()}.json"


def read_cache(path: Path) -> Known:
    """Return what is known of a locale; nothing if there is no such file or it is damaged."""
    try:
        kept = orjson.loads(path.read_bytes())
        return Known(kept["tables"], kept["places"])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return Known()


def write_cache(path: Path, known: Known) -> None:
    """Write what is known, whole or not at all; older files of the locale go."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"{path.name.partition('-')[0]}-*.json"):
            old.unlink(missing_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_bytes(orjson.dumps(known, default=str))
        draft.replace(path)
    except OSError:
        return
