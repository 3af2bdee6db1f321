"""The input of a run as batches of lines, and how much of it was read."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from analyzer.decode import titles
from analyzer.frames import Batch
from analyzer.lines import Line, Record
from analyzer.read import Source, open_source, read_lines, read_records

Item = tuple[Source, Line | Record]


@dataclass
class Meter:
    """How much of the input was read: bytes of the files that are done and of the open one, and blank lines, which are no items."""

    files: tuple[str, ...]
    done: int = 0
    blank: int = 0  # lines
    source: Source | None = None

    @cached_property
    def _total(self) -> int:
        return sum(Path(name).stat().st_size for name in self.files if name != "-")

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 where the size of the input is not known."""
        read = self.done + (self.source.consumed() if self.source and not self.source.opened.closed else 0)
        return min(read / self._total, 1.0) if self._total else 0.0


def read_items(files: Sequence[str], meter: Meter) -> Iterator[Item]:
    """Yield the records and the lines that are not blank, each with the file it stands in."""
    for name in files:
        with open_source(name) as source:
            meter.source = source
            yield from ((source, item) for item in (_lines(source, meter) if source.kind == "jsonl" else read_records(source)))
            meter.done += source.consumed()


def _lines(source: Source, meter: Meter) -> Iterator[Line]:
    for number, line in read_lines(source):
        if line and not line.isspace():
            yield number, line
        else:
            meter.blank += 1


def sampled(items: Iterable[Item], size: int, seed: int) -> list[Item]:
    """Return a random sample in the order of the input (algorithm R, Vitter 1985)."""
    chance = random.Random(seed)
    kept: list[tuple[int, Item]] = []
    for number, item in enumerate(items):
        if len(kept) < size:
            kept.append((number, item))
        elif (place := chance.randrange(number + 1)) < size:
            kept[place] = (number, item)
    return [item for _, item in sorted(kept, key=lambda entry: entry[0])]


def in_batches(items: Iterator[Item], size: int, files: Sequence[str]) -> Iterator[Batch]:
    """Yield batches of at most so many items; a batch holds those of one file."""
    number, called = 0, titles(files)
    while first := next(items, None):
        source, group = first[0], [first[1]]
        # The first item of another file begins the next batch.
        for other, item in islice(items, size - 1):
            if other is not source:
                yield Batch(number, source.name, called[source.name], group)  # type: ignore[arg-type]
                number, source, group = number + 1, other, []
            group.append(item)
        yield Batch(number, source.name, called[source.name], group)  # type: ignore[arg-type]
        number += 1
