"""Keep what takes long to find again: for each phrase of a locale, its literals and where they stand in it.

The file stands in the user's cache folder and is named after everything that it depends on; a missing or damaged one is
made anew, and where none can be written, nothing is kept.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import orjson
import platformdirs

from analyzer import __version__
from analyzer.data import PACKAGE

Known: TypeAlias = dict[str, list[list[int | float | str]]]  # phrase -> fields of its stretch, literals


def cache_path(code: str, files: Iterable[Path]) -> Path:
    """Return the cache file for a locale with these files and this version of the program."""
    total = hashlib.blake2b(__version__.encode(), digest_size=12)
    for path in (*sorted(files), PACKAGE / "grammar.py", PACKAGE / "phrases.py"):
        total.update(path.read_bytes())
    return platformdirs.user_cache_path("response-analyzer") / f"{code}-{total.hexdigest()}.json"


def read_cache(path: Path) -> Known:
    """Return what is known of the phrases; nothing if there is no such file or it is damaged."""
    try:
        known = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return known if isinstance(known, dict) else {}


def write_cache(path: Path, known: Mapping[str, object]) -> None:
    """Write what is known, whole or not at all; older files of the locale go."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"{path.name.partition('-')[0]}-*.json"):
            old.unlink(missing_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_bytes(orjson.dumps(known))
        draft.replace(path)
    except OSError:
        return
