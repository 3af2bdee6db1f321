"""What the labels of a row say, as people, programs and spreadsheets write them."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

import orjson

from analyzer.records import CUES

TRUTH: Final[Mapping[str, bool]] = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_labels(row: Mapping[str, Any]) -> dict[str, bool]:
    """Return what `cues` and `refused` of a row say of each cue and of `refused`; what they leave open is not in it.

    `cues` is a list (every cue not in it is labelled false) or a mapping (a cue not in it is unlabelled), in a CSV cell
    as JSON or as names between commas. Raises ValueError with the reason where a label cannot be read.

    >>> read_labels({"cues": {"apology": "yes", "refusal": None}, "refused": "false"})
    {'apology': True, 'refused': False}
    """
    return {**dict(_cue_labels(row.get("cues"))), **dict(_label("refused", row.get("refused")))}


def _cue_labels(cues: Any) -> Iterator[tuple[str, bool]]:
    value = _parsed(cues) if isinstance(cues, str) else cues
    if isinstance(value, list):
        value = {**dict.fromkeys(CUES, False), **dict.fromkeys(map(str, value), True)}
    if not isinstance(value, Mapping | None):
        raise ValueError(f"`cues` is {value!r}. Write a list or a mapping of cues.")
    for name, held in (value or {}).items():
        if name not in CUES:
            raise ValueError(f"`cues` has {name!r}. The cues are {', '.join(CUES)}; a response without any has [].")
        yield from _label(name, held)


def _parsed(cell: str) -> Any:
    """The cell of a CSV file; an empty one says nothing."""
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(cell)
    return re.split(r"[\s,;|]+", cell.strip()) if cell.strip() else None


def _label(name: str, value: Any) -> Iterator[tuple[str, bool]]:
    if value is None or value == "":
        return
    word = str(int(value) if value in (0, 1) else value).strip().lower()
    if word not in TRUTH:
        raise ValueError(f"`{name}` is {value!r}. Write true or false.")
    yield name, TRUTH[word]
