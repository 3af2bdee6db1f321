"""Measure speed: `python benchmarks/speed.py FILE...` prints the figures of the README.

FILE: JSONL with `response` and `language`. They are repeated and varied to the wanted number of rows, of about a thousand
bytes each: once with every second text repeated word for word, once with every text distinct (its sentences in another
order and a number behind). Matching is compared with a plain loop over the same compiled phrases, without what is kept
between texts.
"""

import argparse
import gc
import itertools
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import regex

from analyzer.fuse import fuse
from analyzer.identify import identify
from analyzer.judge import judge
from analyzer.masks import find_masks
from analyzer.match import Matcher
from analyzer.normalize import blank_masks, fold
from analyzer.patterns import load_locale, locale_codes
from analyzer.tag import find_matches, tag_text
from analyzer.weights import COLLECT_FROM

Row = tuple[str, str]  # language, response
LONG = 700  # characters of the shortest row of the long run
T = TypeVar("T")


def read_rows(files: list[str]) -> list[Row]:
    """Return language and response of the rows in a language with patterns."""
    rows = [json.loads(line) for name in files for line in Path(name).read_text(encoding="utf-8").split("\n") if line]
    return [(row["language"], row["response"]) for row in rows if row.get("language") in locale_codes() and row.get("response")]


def lengthened(rows: list[Row]) -> list[Row]:
    """Join neighbouring rows of a language until each has LONG characters; what is left of a language stays shorter."""
    joined: list[Row] = []
    open_rows: dict[str, str] = {}
    for language, text in rows:
        text = f"{open_rows.pop(language)}\n\n{text}" if language in open_rows else text
        if len(text) < LONG:
            open_rows[language] = text
        else:
            joined.append((language, text))
    return [*joined, *open_rows.items()]


def varied(rows: list[Row], number: int, *, every: int = 1) -> Iterator[Row]:
    """Yield `number` rows, as many of each language; one in `every` has its sentences in another order, and a number."""
    chance = random.Random(0)
    by_language = [itertools.cycle([row for row in rows if row[0] == code]) for code in sorted({row[0] for row in rows})]
    for count, source in zip(range(number), itertools.cycle(by_language), strict=False):
        language, text = next(source)
        if count // len(by_language) % every:
            yield language, text
        else:
            sentences = regex.split(r"(?<=[.!?])\s+", text)
            chance.shuffle(sentences)
            yield language, f"{' '.join(sentences)} \n{count}"


def million(rows: list[Row], number: int, every: int, folder: Path) -> None:
    """Run `analyze` over `number` rows and print wall time, rate, and the peak memory of a process."""
    path = folder / "rows.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for count, (language, text) in enumerate(varied(lengthened(rows), number, every=every)):
            out.write(json.dumps({"id": str(count), "model": f"m{count % 5}", "language": language, "response": text}, ensure_ascii=False) + "\n")
    peak: dict[str, int] = {}
    stop = threading.Event()
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "analyzer", str(path), "--out", str(folder / "out"), "--quiet"])
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, stop))
    watcher.start()
    failed = process.wait()
    seconds = time.perf_counter() - started
    stop.set()
    watcher.join()
    if failed:
        raise SystemExit(failed)
    record = json.loads((folder / "out" / "run.json").read_text())
    print(f"analyze, report included: {number:,} rows, {path.stat().st_size / 1e6:,.0f} MB, {record['counts']['distinct']:,} distinct texts:", end=" ")
    print(f"{seconds:.1f} s, {number / seconds:,.0f} responses/s on {os.cpu_count()} cores")
    print("  peak memory:", ", ".join(f"{who} {size / 1e6:,.0f} MB" for who, size in sorted(peak.items())), "; seconds:", record["durations"])


def _watch(parent: int, peak: dict[str, int], stop: threading.Event) -> None:
    """Note the largest resident anonymous memory of a process and its children."""
    while not stop.wait(0.5):
        children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False).stdout.split()
        for pid in (str(parent), *children):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            sizes = [1024 * int(line.split()[1]) for line in status.split("\n") if line.startswith("RssAnon")]
            who = "main process" if pid == str(parent) else "a worker"
            peak[who] = max(peak.get(who, 0), *sizes, 0)


def against_loop(rows: list[Row], number: int) -> None:
    """Print the throughput of matching against a plain loop over the same compiled phrases, and whether spans agree."""
    texts = [(code, fold(text, elision=load_locale(code).facts.elision).view) for code, text in varied(rows, number)]
    matchers = {code: Matcher(load_locale(code)) for code in locale_codes()}
    for code, view in texts:
        matchers[code].phrase_spans(view)
    fast, ours = _timed(lambda: [matchers[code].phrase_spans(view) for code, view in texts])
    loops = {code: [(n, regex.compile(phrase.pattern)) for n, phrase in enumerate(matcher.phrases)] for code, matcher in matchers.items()}
    slow, plain = _timed(lambda: [_loop(loops[code], view) for code, view in texts])
    phrases = sum(len(matcher.phrases) for matcher in matchers.values())
    print(f"matching, {phrases:,} phrases of {len(matchers)} locales, one core, {len(texts):,} texts:")
    print(f"  plain regex loop {1e6 * slow / len(texts):,.0f} us a response, ours {1e6 * fast / len(texts):,.0f} us: {slow / fast:.0f} times as fast")
    print("  spans identical" if ours == plain else "  spans DIFFER")


def _loop(phrases: list[tuple[int, "regex.Pattern[str]"]], view: str) -> dict[int, list[tuple[int, int]]]:
    found = ((number, [hit.span() for hit in pattern.finditer(view)]) for number, pattern in phrases)
    return {number: spans for number, spans in found if spans}


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def stages(rows: list[Row], number: int) -> None:
    """Print the cost of each stage in microseconds a response, one core."""
    texts = [(load_locale(code), text) for code, text in varied(rows, number)]
    known = locale_codes()
    matchers = {code: Matcher(load_locale(code)) for code in known}
    masks = [find_masks(text, locale.frames) for locale, text in texts]
    blanked = [(locale, blank_masks(text, mask)) for (locale, text), mask in zip(texts, masks, strict=True)]
    views = [(locale.code, fold(text, elision=locale.facts.elision)) for locale, text in blanked]
    matches = [matchers[code].find(folded.view, folded.span) for code, folded in views]
    work: dict[str, Callable[[], object]] = {
        "identify": lambda: [identify(text, locale.code, known) for locale, text in texts],
        "mask": lambda: [find_masks(text, locale.frames) for locale, text in texts],
        "fold": lambda: [fold(text, elision=locale.facts.elision) for locale, text in blanked],
        "match": lambda: [matchers[code].find(folded.view, folded.span) for code, folded in views],
        "fuse": lambda: [fuse(found) for found in matches],
        "judge": lambda: [judge(text, (), [(match.start, match.end) for match in found]) for (_, text), found in zip(texts, matches, strict=True)],
    }
    known_pieces: Callable[[], object] = lambda: [find_matches(text, locale) for locale, text in blanked]  # noqa: E731 - timed like the stages
    known_pieces()
    gc.freeze()  # what the other measurements left behind would be looked through again and again
    cost = {name: 1e6 * _timed(step)[0] / len(texts) for name, step in work.items()}
    size = sum(len(text) for _, text in texts) / len(texts)
    print(f"us a response of {size:.0f} characters:", ", ".join(f"{name} {microseconds:.0f}" for name, microseconds in cost.items()), end="; ")
    print(f"fold and match where all sentences were seen before {1e6 * _timed(known_pieces)[0] / len(texts):.0f}")


HOSTILE = (
    f"{' ' * 500}{'-' * 500}x- c",
    "a- b ",
    "a\n",
    "say: ",
    "Dear a,\n",
    "I can't help with that ",
    'He said "no way" and ',
    "```\n",
    "<q></pre>",
    "Ann: hi there\n",
    "\t\n",
    "e\u0301",
)


def hostile(size: int) -> None:
    """Print how much longer one text of twice the size takes, for texts that repeat what costs most: 2 is linear."""
    locale = load_locale("en")
    tag_text("warm", locale)
    grown = {}
    for unit in HOSTILE:
        once, twice = (_timed(partial(tag_text, unit * (n // len(unit)), locale))[0] for n in (size, 2 * size))
        grown[repr(unit)] = twice / once
    worst = max(grown, key=lambda unit: grown[unit])
    print(f"hostile texts of {size:,} and {2 * size:,} characters: at most {grown[worst]:.1f} times the time ({worst})")


def small(rows: list[Row], folder: Path) -> None:
    """Print the wall time of --help and of 100 rows with report, also at a first run, which reads all patterns."""
    path = folder / "hundred.jsonl"
    path.write_text("".join(json.dumps({"language": code, "response": text}) + "\n" for code, text in varied(rows, 100)))
    for name, command in (("analyze --help", ["--help"]), ("100 rows, report included", [str(path), "--quiet", "--out", str(folder / "small")])):
        walls = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-m", "analyzer", *command], check=True, stdout=subprocess.DEVNULL)
            walls.append(time.perf_counter() - started)
        print(f"{name}: {min(walls):.2f} s (best of 5)")
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "analyzer", *command], check=True, env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")})
    print(f"100 rows, nothing in the cache yet: {time.perf_counter() - started:.1f} s")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--texts", type=int, default=3_000, help="for the loop and the stages")
    args = parser.parse_args()
    gc.set_threshold(COLLECT_FROM)  # as `analyze` does
    rows = read_rows(args.files)
    with tempfile.TemporaryDirectory() as folder:
        small(rows, Path(folder))
        against_loop(rows, args.texts)
        stages(rows, args.texts)
        hostile(200_000)
        for every in (2, 1):
            million(rows, args.rows, every, Path(folder))
    print(f"benchmark itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB")


if __name__ == "__main__":
    main()
