"""Where to start reading: a run from files to a folder of results.

    read -> identify -> normalize -> match -> fuse -> judge -> measure -> aggregate -> render

`batches` reads the input, `frames` holds the steps up to measure for a batch; `tag` those for one text. The place of
the model (segment, entail) is between match and fuse, in `tag`.
"""

import gc
import hashlib
import multiprocessing
import os
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from analyzer import __version__
from analyzer.aggregate import check_groups, summarize
from analyzer.batches import Item, Meter, in_batches, read_items, sampled
from analyzer.data import data_folder
from analyzer.frames import Batch, Options, Parsed, parse_batch, tag_batch
from analyzer.read import check_files
from analyzer.records import AnalyzerError
from analyzer.scores import load_scores
from analyzer.tables import check_scores, write_tables
from analyzer.weights import COLLECT_FROM

BATCH = 5_000  # lines; large enough for whole columns, small enough for memory and progress
SMALL = 2 * BATCH  # with fewer lines, starting worker processes costs more than they save

Progress = Callable[[float, int], None]  # share of the input read so far, responses done


@dataclass(frozen=True, slots=True)
class Run:
    """What the user asked for."""

    files: tuple[str, ...]
    out: Path
    options: Options = field(default_factory=Options)
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    by: tuple[str, ...] = ()
    workers: int = 0  # 0: one for each core


@dataclass
class Tally:
    """What came in and what became of it. Every count is written to run.json."""

    records: int = 0
    blank: int = 0
    rejected: int = 0
    responses: int = 0
    distinct: int = 0
    mended: Counter[str] = field(default_factory=Counter)


def run(request: Run, progress: Progress = lambda _share, _done: None) -> dict[str, Any]:
    """Analyse the files of a request into its folder; return what stands in run.json."""
    check_files(request.files)
    if request.files.count("-") > 1:
        raise AnalyzerError("-\n  Standard input can be read only once.\n  Name it once.")
    check_groups(request.by)
    check_scores(request.options.user_folder)
    with _new_folder(request.out) as folder:
        return _analyse(request, folder, progress)


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A temporary folder inside `out`; its files replace those of `out` when all are written, so that none is of another run."""
    try:
        made = not out.exists()
        out.mkdir(parents=True, exist_ok=True)
        temporary = tempfile.TemporaryDirectory(prefix="new-", dir=out)
    except OSError as error:
        raise AnalyzerError(f"{out}\n  The results cannot be written there: {error.strerror}.\n  Name another folder with --out.") from None
    try:
        with temporary as name:
            yield Path(name)
            (out / "report.html").unlink(missing_ok=True)  # it shows the tables that are replaced
            for path in Path(name).iterdir():
                if path.is_file():
                    path.replace(out / path.name)
    finally:
        if made:
            with suppress(OSError):  # only a folder that stayed empty goes
                out.rmdir()


def _analyse(request: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    started = time.perf_counter()
    durations: dict[str, float] = {}
    parts = folder / "parts"
    parts.mkdir()
    with (folder / "rejects.jsonl").open("wb") as rejects:
        tally = _tag_files(request, parts, rejects.write, progress)
    durations["read and tag"] = time.perf_counter() - started
    if duplicates := write_tables(parts, folder, request.options.user_folder):
        tally.mended["duplicate id numbered"] = duplicates
    tags = pl.scan_parquet(folder / "tags.parquet")
    summarize(tags, by=request.by, user_folder=request.options.user_folder).write_parquet(folder / "summary.parquet")
    durations["tables"] = time.perf_counter() - started - durations["read and tag"]
    record = _record(request, tally, durations)
    (folder / "run.json").write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2) + b"\n")
    return record


def _record(request: Run, tally: Tally, durations: dict[str, float]) -> dict[str, Any]:
    return {
        "version": __version__,
        "options": {
            "files": [name if name == "-" else Path(name).name for name in request.files],
            "fields": dict(request.options.mapping),
            "language": request.options.language,
            "limit": request.limit,
            "sample": request.sample,
            "seed": request.seed,
            "by": list(dict.fromkeys(request.by)),
        },
        "input": _digests(request.files),
        "patterns": patterns_digest(request.options.user_folder),
        "scores": {name: {"means": spec.means, "low": spec.low, "high": spec.high} for name, spec in load_scores(request.options.user_folder).items()},
        "counts": {**asdict(tally), "mended": dict(sorted(tally.mended.items()))},
        "durations": {name: round(seconds, 3) for name, seconds in durations.items()},
    }


def _digests(files: Iterable[str]) -> dict[str, str]:
    """What `sha256sum` says of the files, by their base names, or by their paths where two have one base name; a pipe cannot be read again."""
    paths = dict.fromkeys(Path(name) for name in files if name != "-" and Path(name).is_file())
    bases = Counter(path.name for path in paths)
    return {path.name if bases[path.name] == 1 else str(path): _digest(path) for path in paths}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def patterns_digest(user_folder: Path | None = None) -> str:
    """Return one digest of all pattern and locale files, shipped and the user's own."""
    total = hashlib.blake2b(digest_size=16)
    for folder in (data_folder("patterns"), data_folder("locales"), *([user_folder] if user_folder else [])):
        for path in sorted(folder.rglob("*.toml")):
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _tag_files(request: Run, parts: Path, reject: Callable[[bytes], object], progress: Progress) -> Tally:
    tally = Tally()
    seen: set[int] = set()
    meter = Meter(request.files)
    batches = in_batches(_chosen(request, meter), BATCH, request.files)
    # Without any record there is still one batch, so that the tables have their columns.
    head = list(islice(batches, SMALL // BATCH + 1)) or [Batch(0, "", "", [])]
    if len(head) <= SMALL // BATCH:
        for batch in head:
            parsed = parse_batch(batch, parts, request.options)
            _note(parsed, tally, reject)
            tally.distinct += tag_batch(parsed.path, _new(parsed, seen), request.options)
            progress(meter.share, tally.responses)
    else:
        _tag_in_parallel(chain(head, batches), request, parts, seen, tally, reject, lambda done: progress(meter.share, done))
    tally.blank = meter.blank
    return tally


def _chosen(request: Run, meter: Meter) -> Iterator[Item]:
    items = islice(read_items(request.files, meter), request.limit)
    return items if request.sample is None else iter(sampled(items, request.sample, request.seed))


def _tag_in_parallel(
    batches: Iterable[Batch], request: Run, parts: Path, seen: set[int], tally: Tally, reject: Callable[[bytes], object], progress: Callable[[int], None]
) -> None:
    """Parse and tag in worker processes; here only the keys of the texts meet, so that each is tagged once in a run."""
    workers = request.workers or os.cpu_count() or 1
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), gc.set_threshold, (COLLECT_FROM,)) as pool:
        parsing: deque[Future[Parsed]] = deque()
        tagging: deque[Future[int]] = deque()

        def settle(most: int) -> None:
            while len(parsing) > most:
                parsed = parsing.popleft().result()
                _note(parsed, tally, reject)
                tagging.append(pool.submit(tag_batch, parsed.path, _new(parsed, seen), request.options))
            while len(tagging) > most:
                tally.distinct += tagging.popleft().result()
                progress(tally.responses)

        for batch in batches:
            parsing.append(pool.submit(parse_batch, batch, parts, request.options))
            settle(workers)
        settle(0)


def _new(parsed: Parsed, seen: set[int]) -> list[int]:
    new = [key for key in parsed.keys if key not in seen]
    seen.update(new)
    return new


def _note(parsed: Parsed, tally: Tally, reject: Callable[[bytes], object]) -> None:
    """Add what a batch gave to the tally and write its rejects; every record must be analysed or rejected."""
    if parsed.analysed + len(parsed.rejects) != parsed.records:
        raise AssertionError(f"{parsed.records} records, but {parsed.analysed} analysed and {len(parsed.rejects)} rejected")
    tally.records += parsed.records
    tally.rejected += len(parsed.rejects)
    tally.responses += parsed.responses
    tally.mended.update(parsed.mended)
    for line in parsed.rejects:
        reject(orjson.dumps(asdict(line)) + b"\n")
