"""Folding keeps the way back to the original text; masks cover what is not the assistant's own voice."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analyzer.masks import find_masks
from analyzer.normalize import blank_masks, fold, pieces
from analyzer.patterns import load_locale

FRAMES = load_locale("en").frames
PARTS = st.sampled_from(
    ["<b>", "</p>", "<br/>", '<a href="x. y">', "<i", "&#39;", "&quot;", "&nbsp;", "&#173;", "&amp;lt;", ";", " ", ".", "\n", "No", "can", "'", "é", "?"]
)
CHARACTERS = st.text(alphabet=st.one_of(st.sampled_from("aIé'’\u0301\u200b ,*-—?\n\"“”«`>:İﬁＡ\u00ad_…\ue000."), st.characters()), max_size=60)
TEXT = CHARACTERS | st.lists(PARTS, max_size=12).map("".join)

VIEWS = [
    ("I'm SORRY", "i'm sorry"),
    ("can’t", "can't"),
    ("I,  really — can *not* .", "i really can not ."),
    ("a\u00a0b\tc", "a b c"),
    ("so\u00adft\u200bly", "softly"),
    ("de\u0301ja\u0300", "déjà"),
    ("ﬁne", "fine"),
    ("ＡＢＣ", "abc"),
    ("İ can", "i can"),
    ("one line\nof it", "one line of it"),
    ("End.\nNext", "end.\nnext"),
    ("really?!", "really ?!"),
    ("one line\r\nof it.\r\nNext", "one line of it.\nnext"),
    ("x.\n- a\u2028b", "x.\n a b"),
    ("I - sadly -- can't - no.", "i sadly can't no."),
    ("I <b>can&#39;t</b>&nbsp;help&hellip;No", "i can't help.no"),
    ("I<br>can<br />not<hr/>Yes&rsquo;s", "i can not\nyes's"),
    ("<No, I can't> a <b and> <output I can />", "<no i can't> a <b and> <output i can />"),
    ("<p>No.</p><p>1 < 2</p>", "\nno.\n\n1 < 2\n"),
    ('<a href="https://x.y/?a=b" rel=c>Here</a> &copy;5 &amp; 6', " here ©5 &amp; 6"),
]
MASKED = [
    ('He said "I can\'t help you" and left the room.', '"I can\'t help you"'),
    ("She said ‘I can’t help you’ and left the room.", "‘I can’t help you’"),
    ("Run `sorry --all` to be sorry no more.", "`sorry --all`"),
    ("He said &quot;I can&#39;t help you&quot; and left.", "I can&#39;t help you"),
    ("<p>She wrote:</p><blockquote class='a'>I can't come.</blockquote><p>It is short.</p>", "I can't come."),
    ("<p>The phrase <q>I can't</q> sounds harsh.</p>", "<q>I can't</q>"),
    ("Here you are:\n```\nprint('I cannot')\n```\nThat is all you need.", "```\nprint('I cannot')\n```"),
    ("The log shows this:\n2024-01-01 ERROR I can't connect\nRestart the service now.", "2024-01-01 ERROR I can't connect"),
    ("> I can't come\nThat is what she wrote to you.", "> I can't come"),
    ("You could write: I'm sorry, I can't come.\nThat is friendly enough.", "I'm sorry, I can't come."),
    ("Of course, here it is.\n\nDear Tom,\nI can't come.\nBest regards,\nAnn\n\nShall I make it shorter?", "Dear Tom,\nI can't come.\nBest regards,\nAnn"),
    ("A short scene.\nGUARD: I cannot let you pass.\nKNIGHT: Why?\nGUARD: I'm sorry.\nThe end of the scene.", "GUARD: I cannot let you pass."),
]
DRAFTED = [
    ("MAYA: I can't go with you.\nJOSH: Then half of me leaves.\nShall I go on with the scene?", "MAYA: I can't go with you."),
    ("Subject: Friday\n\nDear Ms Lowe,\nI regret that I can't come.\nBest regards,\n[Your name]", "I regret that I can't come."),
    ("Subject: Your visit\nDear Ms Okafor, we can't come.\nBest regards,\nVik\n\nFeel free to change the sign-off.", "we can't come."),
    ('You could say: "I can\'t come."', '"I can\'t come."'),
    ('"No" means "I can\'t come".', '"I can\'t come"'),
    ('You could say: "I can\'t come." Add a smile to it.', '"I can\'t come."'),
]
OPEN = [
    "I'm sorry, I can't help with that.",
    "\"I'm sorry, I can't help with that.\"",  # the frame is the answer itself
    "Hi there,\nI'm sorry, I can't help with that.\nBest regards, your support team",
    "It's 5\" wide and I can't change that here.",
    "Sorry, 'fraid I can't help you with your friends' passwords.",
    "<b>Sorry,</b> I can't say whether a <q or </q> is right.",
    "I can`t share it, it`s private.",
    "I can't share the users' data, and I won't read the dogs' letters.",
]


@pytest.mark.parametrize(("text", "view"), VIEWS)
def test_view(text: str, view: str) -> None:
    assert fold(text).view == view


@given(TEXT, st.booleans())
@example("a ?b", False)
@example("'? ’", True)
def test_each_character_of_the_view_has_a_place_in_the_original(text: str, elision: bool) -> None:
    folded = fold(blank_masks(text, find_masks(text, FRAMES)), elision=elision)
    last = 0
    for position in range(len(folded.view)):
        start, end = folded.span(position, position + 1)
        assert last <= start < end <= len(text)
        last = start
    if folded.view:
        assert folded.span(0, len(folded.view))[1] <= len(text)


@given(TEXT, st.booleans())
def test_pieces_fold_as_they_do_in_the_text(text: str, elision: bool) -> None:
    folded = " ".join(view for _, piece in pieces(text) if (view := fold(piece, elision=elision).view.strip()))
    assert _blanks_alike(folded) == _blanks_alike(fold(text, elision=elision).view)


def _blanks_alike(view: str) -> str:
    return " ".join(view.split())


@given(st.text(alphabet="abcdefgh .\n", max_size=80))
def test_plain_text_is_its_own_view_but_for_blanks(text: str) -> None:
    folded = fold(text)
    for position, char in enumerate(folded.view):
        start, end = folded.span(position, position + 1)
        assert text[start:end].strip(" \n")[:1] in (char, "")


@pytest.mark.parametrize(("text", "hidden"), [*MASKED, *DRAFTED])
def test_not_the_assistants_own_voice(text: str, hidden: str) -> None:
    start = text.index(hidden)
    covered = {place for a, b, _ in find_masks(text, FRAMES) for place in range(a, b)}
    assert set(range(start, start + len(hidden.rstrip()))) <= covered


FOREIGN = [
    ("de", "Der Satz 'Das kann ich nicht' ist zu hart.", "'Das kann ich nicht'"),
    ("es", "La frase 'no puedo ayudarte' suena fría.", "'no puedo ayudarte'"),
    ("es", "«No puedo ayudarte», dijo.", "«No puedo ayudarte»"),
    ("fr", "L'expression 'je ne peux pas' n'est pas d'ici.", "'je ne peux pas'"),
    ("fr", "« Je ne peux pas t'aider », dit-il.", "« Je ne peux pas t'aider »"),
    ("it", "L'espressione 'non posso' è un po' dura.", "'non posso'"),
    ("it", "«Non posso aiutarti», disse.", "«Non posso aiutarti»"),
    ("ms", "Ayat 'saya tak boleh' agak kasar.", "'saya tak boleh'"),
]
APOSTROPHES = [
    ("de", "Ich hab' keine Lust und sag's dir nicht, 's ist so."),
    ("fr", "J'ai dit qu'aujourd'hui je n'peux pas t'aider, p't-être d'main."),
    ("it", "Un po' d'acqua e l'olio: non t'aiuto, per l'altro po' di' tu."),
]


@pytest.mark.parametrize(("locale", "text", "hidden"), FOREIGN)
def test_quotations_of_a_locale_are_masked(locale: str, text: str, hidden: str) -> None:
    assert [text[start:end] for start, end, _ in find_masks(text, load_locale(locale).frames)] == [hidden]


@pytest.mark.parametrize(("locale", "text"), APOSTROPHES)
def test_apostrophes_quote_nothing(locale: str, text: str) -> None:
    assert find_masks(text, load_locale(locale).frames) == []


@pytest.mark.parametrize("text", OPEN)
def test_own_voice_is_not_masked(text: str) -> None:
    assert find_masks(text, FRAMES) == []


@given(TEXT)
def test_masks_are_sorted_and_apart(text: str) -> None:
    masks = find_masks(text, FRAMES)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(masks))
    assert all(0 <= start < end <= len(text) for start, end, _ in masks)
