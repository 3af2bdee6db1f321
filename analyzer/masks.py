"""Find what the assistant does not say in its own voice: code, quotations, drafted letters, dialogue.

A masked stretch keeps its place, so offsets stay true. A quotation inside a sentence stands for one word; code, letters
and dialogue end the sentence.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import regex

from analyzer.phrases import MASKED
from analyzer.records import Mask

BLOCK, INLINE = "\n", MASKED
LONGEST_QUOTE = 800  # a quotation mark that finds no partner within these characters is a stray one
KNOWN_LEAD_INS = 20_000  # about 3 MB
LEAD_IN = 80  # letters from a lead-in to its colon, at most
OWN_VOICE_LEFT = 4  # letters outside the mask; with fewer, a frame at the start is the answer itself, unless it is a letter

_FENCE = re.compile(r"(`{3}|~{3}).*?(?:\1|\Z)", re.DOTALL)
_INLINE_CODE = re.compile(r"(?<!\w)`[^`\n]+`(?!\w)")  # can`t is no code
_HTML_FRAME = re.compile(r"<(/?)(blockquote|pre|code|q)(?:\s[^<>]*)?>", re.IGNORECASE)
_HTML_QUOTE = re.compile(rf"&(?:quot|[lb]dquo|laquo|#34|#x22);[^\n]{{1,{LONGEST_QUOTE}}}?&(?:quot|[lr]dquo|raquo|#34|#x22);")
_FOREIGN_LINE = re.compile(  # a quoted line, a log, a shell
    r"""\n([ \t]*(?: > | \[?\d{4}-\d\d-\d\d | \[?\d\d:\d\d:\d\d | \$\  | (?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|Traceback)\b )[^\n]*)""",
    re.VERBOSE,
)
_SPEAKER = re.compile(r"\n([ \t]*(?:\*\*|\[)?(?P<name>[^\W\d_a-z][\w .'’-]{0,24}?)(?:\*\*|\])?\s?[:：](?:\*\*)?[ \t]+\S[^\n]*)")
_DASH_SPEECH = regex.compile(r"^[ \t]*—[^\n]*$", regex.MULTILINE)
_PLACEHOLDER = regex.compile(r"\[[\p{L}' /-]{3,40}\]")


def _quoted(opening: str, closing: str) -> str:
    """The pattern of what stands behind an opening mark, up to the closing one; an apostrophe within a word closes nothing."""
    before = rf"(?<=(?<!\w){opening})(?=\S)" if opening == closing else f"(?<={opening})"
    within, after = (r"|(?<=\w)'(?=\w)", r"(?!\w)") if closing == "'" else ("", "")
    return rf"{before}(?:(?!\n\n)[^{opening}{closing}]{within}){{1,{LONGEST_QUOTE}}}?{closing}{after}"


@dataclass(frozen=True, eq=False)
class Frames:
    """How a locale marks speech that is not the speaker's own. The fields are patterns over the original text."""

    quotes: tuple[tuple[str, str], ...] = ()
    letter_openings: str = ""
    letter_closings: str = ""
    lead_ins: str = ""

    @cached_property
    def marks(self) -> list[tuple[str, str]]:
        """The pairs of quotation marks as `find_masks` writes a text: with plain apostrophes."""
        return [(opening.replace("’", "'"), closing.replace("’", "'")) for opening, closing in self.quotes]

    @cached_property
    def opening_marks(self) -> frozenset[str]:
        """The marks that open a quotation."""
        return frozenset(opening for opening, _ in self.marks)

    @cached_property
    def quotation(self) -> re.Pattern[str] | None:
        """All pairs of quotation marks of the locale; the engine finds one sign of a set faster than one of several patterns."""
        pairs = [_quoted(*map(regex.escape, pair)) for pair in self.marks]
        return re.compile(f"[{''.join(map(regex.escape, sorted(self.opening_marks)))}](?:{'|'.join(pairs)})") if pairs else None

    @cached_property
    def opening(self) -> re.Pattern[str]:
        """A line break and the line behind it, if that opens a letter; the engine looks for a line break faster than for a line."""
        return re.compile(rf"\n[ \t>*]*(?:{self.letter_openings or '(?!)'})(?!\w)[^\n]{{0,60}}(?=\n)", _LINES)

    @cached_property
    def closing(self) -> re.Pattern[str]:
        """The line that closes a letter and the name below it, or a rule of dashes, or the end of the text."""
        closing = rf"^[ \t>*]*(?:{self.letter_closings or '(?!)'})(?!\w)[^\n]{{0,40}}(?:\n+[^\n]{{1,60}}$)?"
        return re.compile(rf"(?P<closing>{closing})|^---|\Z", _LINES)

    @cached_property
    def lead_in(self) -> re.Pattern[str]:
        """A lead-in in small letters, up to the colon behind it."""
        return re.compile(rf"(?<!\w)(?:{self.lead_ins or '(?!)'})(?!\w).{{0,{LEAD_IN}}}\Z")

    @lru_cache(maxsize=KNOWN_LEAD_INS)  # noqa: B019 - a locale lasts as long as the process
    def leads_in(self, before: str) -> bool:
        """Whether what stands before a colon leads in what somebody else says; much of it recurs: "here are some ideas"."""
        return self.lead_in.search(before.lower()) is not None


_LINES = re.MULTILINE | re.DOTALL | re.IGNORECASE


LEADING = frozenset(' \n\t*_\u00a0"“”„«')  # what stands behind the colon of a lead-in
_DRAFT = re.compile(r"[ \t*_]*(?:[^\n]+|\n+---+\n.*?(?:^---|\Z)|\n+(?:(?!\n\n).)+)", _LINES)


def find_masks(text: str, frames: Frames) -> list[Mask]:
    """Return the masked spans, sorted and apart from each other; if the whole answer stands in a frame, only letters count."""
    text = text.replace("’", "'")
    finders = (_code, _foreign_lines, _dialogue) if "\n" in text else (_code,)
    letters = [*_letters(text, frames)]
    found = [mask for finder in finders for mask in finder(text)]
    masks = _merge([*found, *letters, *_drafts(text, frames), *_quotations(text, frames)])
    if masks and _is_answer(text, masks):
        return _merge(letters)  # a letter to somebody else is no answer in the assistant's own voice, even if it is all there is
    return masks


def _code(text: str) -> Iterator[Mask]:
    ticks = "`" in text
    if ticks or "~~~" in text:
        yield from ((*hit.span(), BLOCK) for hit in _FENCE.finditer(text))
    if ticks:
        yield from ((*hit.span(), INLINE) for hit in _INLINE_CODE.finditer(text))
    if "</" in text:
        yield from _html_frames(text)


def _html_frames(text: str) -> Iterator[Mask]:
    opened: dict[str, int] = {}
    for hit in _HTML_FRAME.finditer(text):
        name = hit[2].lower()
        if not hit[1]:
            opened.setdefault(name, hit.start())
        elif name in opened:
            yield opened.pop(name), hit.end(), BLOCK if name in ("blockquote", "pre") else INLINE


def _foreign_lines(text: str) -> Iterator[Mask]:
    for hit in _FOREIGN_LINE.finditer("\n" + text):
        yield hit.start(1) - 1, hit.end() - 1, BLOCK


def _letters(text: str, frames: Frames) -> Iterator[Mask]:
    if text.count("\n") < 2:  # a letter has an opening, a body and an end
        return
    last = 0
    for opening in frames.opening.finditer("\n" + text):  # so the places are one too far behind the line break
        if opening.start() < last:  # it stands in a letter
            continue
        end = frames.closing.search(text, opening.end())
        starts_text = not text[: opening.start()].strip()
        # An answer may greet its reader; a subject line or a form to fill in is surely somebody else's letter.
        foreign = ":" in opening[0] or _PLACEHOLDER.search(text, opening.start(), end.end() if end else None)
        if end and (not starts_text or (end["closing"] and foreign)):
            last = end.end()
            yield opening.start(), last, BLOCK


def _drafts(text: str, frames: Frames) -> Iterator[Mask]:
    colon = text.find(":")
    while colon >= 0:
        begin = max(0, colon - 2 * LEAD_IN)
        begin = max(begin, *(text.rfind(end, begin, colon) + 1 for end in "\n.:"))
        if (
            text[colon + 1 : colon + 2] in LEADING
            and frames.leads_in(text[begin:colon])
            and not _quotes(text, colon + 1, frames)
            and (draft := _DRAFT.match(text, colon + 1))
        ):
            yield *draft.span(), BLOCK
        colon = text.find(":", colon + 1)


def _quotes(text: str, place: int, frames: Frames) -> bool:
    """Whether a quotation stands behind a colon, which is masked as such."""
    signs = len(text[place : place + 3]) - len(text[place : place + 3].lstrip(" *_\u00a0"))
    return frames.quotation is not None and frames.quotation.match(text, place + signs) is not None


def _dialogue(text: str) -> Iterator[Mask]:
    """Lines of a script (two names, one of which speaks again, or both in capitals), or lines that open with a dash as speech does."""
    lines = _SPEAKER.finditer("\n" + text) if text.count(":") + text.count("：") > 1 else ()
    speakers = [hit for hit in lines if unicodedata.category(hit["name"][0]) == "Lu"]  # which `re`, much the faster here, has no class for
    names = [hit["name"] for hit in speakers]
    if len(set(names)) > 1 and (len(set(names)) < len(names) or all(map(str.isupper, names))):
        yield from ((hit.start(1) - 1, hit.end(1) - 1, BLOCK) for hit in speakers)
    dashes = list(_DASH_SPEECH.finditer(text)) if "—" in text else []
    if len(dashes) > 1:
        yield from ((*hit.span(), BLOCK) for hit in dashes)


def _quotations(text: str, frames: Frames) -> Iterator[Mask]:
    if frames.quotation is not None and any(mark in text for mark in frames.opening_marks):
        for hit in frames.quotation.finditer(text):
            yield *hit.span(), INLINE
    if "&" in text:
        yield from ((*hit.span(), INLINE) for hit in _HTML_QUOTE.finditer(text))


def _merge(masks: Iterable[Mask]) -> list[Mask]:
    merged: list[Mask] = []
    for start, end, kind in sorted(masks, key=lambda mask: (mask[0], -mask[1])):
        if merged and start < merged[-1][1]:
            last = merged[-1]
            merged[-1] = (last[0], max(last[1], end), last[2])
        else:
            merged.append((start, end, kind))
    return merged


def _is_answer(text: str, masks: Sequence[Mask]) -> bool:
    """Whether the frames are the answer itself: it begins with one, and hardly a letter stands outside."""
    enough = OWN_VOICE_LEFT if len(masks) == 1 else 1  # "Nein" means "no": any word between two quotations speaks of them
    return not any(map(str.isalnum, text[: masks[0][0]])) and _letters_outside(text, masks) < enough


def _letters_outside(text: str, masks: Sequence[Mask]) -> int:
    inside = sum(sum(map(str.isalpha, text[start:end])) for start, end, _ in masks)
    return sum(map(str.isalpha, text)) - inside
