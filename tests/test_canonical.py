"""What is taken from a record: the response it means, its thoughts, the turns of a conversation."""

from typing import Any

import pytest

from analyzer.canonical import Place, canonical_rows
from analyzer.content import split

USER = {"role": "user", "content": "a"}
ASSISTANT = {"role": "assistant", "content": "b"}
RECORDS: list[tuple[dict[str, Any], dict[str, str], dict[str, Any]]] = [
    ({"completion": "Yes."}, {}, {"response": "Yes.", "id": "f:4", "model": "f"}),
    ({"output": {"text": "Yes."}}, {"response": "output.text"}, {"response": "Yes."}),
    ({"choices": [{"message": {"content": "Yes."}}]}, {"response": "choices[0].message.content"}, {"response": "Yes."}),
    ({"response": [{"type": "thinking", "text": "Hm."}, {"type": "text", "text": "Yes."}]}, {}, {"response": "Yes."}),
    ({"response": 7}, {}, {"response": "7"}),
    ({"response": None, "finish_reason": "content_filter"}, {}, {"response": "", "finish_reason": "content_filter"}),
    ({"response": None, "refusal": "I can't do that."}, {}, {"response": "I can't do that.", "api_refusal": "I can't do that."}),
    ({"error": "timeout"}, {}, {"response": "", "error": "timeout"}),
    ({"response": "Yes.", "prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]}, {}, {"prompt": "u"}),
    ({"response": "Yes.", "tier": 3, "id": 5}, {}, {"id": "5", "extra": '{"tier":3}'}),
    ({"response": "<think>No?</think>Yes."}, {}, {"response": "Yes.", "reasoning": "No?"}),
    # parts of the official formats
    ({"response": [{"type": "thinking", "thinking": "No?"}, {"type": "text", "text": "Yes."}]}, {}, {"response": "Yes.", "reasoning": "No?"}),
    ({"response": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "No?"}]}]}, {}, {"response": "", "reasoning": "No?"}),
    ({"response": [{"type": "refusal", "refusal": "I can't."}]}, {}, {"response": "I can't."}),
    ({"response": [{"type": "redacted_thinking", "data": "x"}, {"type": "server_tool_use", "input": {}}, "Yes."]}, {}, {"response": "Yes."}),
    ({"response": [{"type": "mcp_tool_result", "content": [{"type": "text", "text": "42"}]}, "Yes."]}, {}, {"response": "Yes."}),
    # no error and no refusal, however it is written
    ({"response": "", "refusal": False}, {}, {"response": "", "api_refusal": None, "extra": '{"refusal":false}'}),
    ({"response": None, "refusal": False, "error": "timeout"}, {}, {"response": "", "api_refusal": None, "error": "timeout"}),
    ({"response": "", "error": []}, {}, {"error": None}),
    ({"response": "", "error": "None", "api_refusal": "false"}, {}, {"response": "", "error": None, "api_refusal": None}),
    ({"response": "", "refusal": True}, {}, {"response": "", "api_refusal": "True"}),
    # fields that no table can hold
    ({"response": "Yes.", "turn": "2"}, {}, {"turn": 2, "extra": None}),
    ({"response": "Yes.", "turn": 5_000_000_000}, {}, {"turn": None, "extra": '{"turn":5000000000}'}),
    ({"response": "Yes.", "x": 10**20}, {}, {"extra": '{"x":"100000000000000000000"}'}),
    # which of several texts is the response
    ({"question": "q", "answer": "Paris", "model_response": "No."}, {}, {"response": "No.", "extra": '{"answer":"Paris"}'}),
    ({"answer": "Paris", "messages": [USER, ASSISTANT]}, {}, {"response": "b", "prompt": "a", "extra": '{"answer":"Paris"}'}),
    ({"output": {"tokens": 3}, "messages": [USER, ASSISTANT]}, {}, {"response": "b", "extra": '{"output":{"tokens":3}}'}),
    ({"chat": [USER, ASSISTANT], "completion": "c"}, {"messages": "chat"}, {"response": "b"}),
    ({"messages": [USER], "response": "b"}, {}, {"response": "b", "prompt": "a", "extra": '{"messages":[{"role":"user","content":"a"}]}'}),
    ({"messages": [USER, ASSISTANT, USER], "output": "c"}, {}, {"response": "c", "prompt": "a"}),
    ({"messages": [USER, ASSISTANT], "response": None}, {}, {"response": "b", "prompt": "a"}),
    ({"messages": [ASSISTANT], "prompt": "p"}, {}, {"response": "b", "prompt": "p"}),
    ({"messages": [USER], "error": "timeout"}, {}, {"response": "", "prompt": "a", "error": "timeout"}),
    # where the user says that a field stands
    ({"output.text": "Yes."}, {"response": "output.text"}, {"response": "Yes."}),
    ({"choices": [{"text": "Yes."}]}, {"response": "choices[-1].text"}, {"response": "Yes."}),
    ({"output": None, "completion": "c", "error": "timeout"}, {"response": "output.text"}, {"response": "", "error": "timeout"}),
    ({"failure": "timeout"}, {"error": "failure"}, {"response": "", "error": "timeout"}),
]


@pytest.mark.parametrize(("fields", "mapping", "expected"), RECORDS)
def test_record_becomes_a_row(fields: dict[str, Any], mapping: dict[str, str], expected: dict[str, Any]) -> None:
    (row,) = canonical_rows(fields, Place("f", 4), mapping)
    assert {name: row[name] for name in expected} == expected


def test_conversation_has_one_row_per_assistant_turn() -> None:
    turns = [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")]
    messages = [{"role": role, "content": text} for role, text in turns]
    rows = canonical_rows({"id": "c1", "messages": messages, "finish_reason": "content_filter"}, Place("f", 1), {})
    assert [(row["id"], row["turn"], row["prompt"], row["response"], row["conversation_id"], row["finish_reason"]) for row in rows] == [
        ("c1#1", 1, "a", "b", "c1", None),
        ("c1#2", 2, "c", "d", "c1", "content_filter"),
    ]


SPLITS = [
    ("<think>a</think>\n\nb", ("b", "a", None)),
    ("<think>a</think> <think>b</think> c", ("c", "a\nb", None)),
    ("<think></think>b", ("b", "", None)),
    ("a</think>b", ("b", "a", None)),
    ("<think>never closed", ("", "never closed", None)),
    ("<safety_check>a</safety_check>b", ("b", "a", None)),
    ("[respond] b", ("b", None, "[respond]")),
    ("[Unsupported requests] b", ("b", None, "[Unsupported requests]")),
    ("<s> b", ("b", None, "<s>")),
    ("[A footnote] b", ("[A footnote] b", None, None)),
    ("1 < 2", ("1 < 2", None, None)),
]


@pytest.mark.parametrize(("text", "parts"), SPLITS)
def test_reasoning_and_control_tokens_are_split_off(text: str, parts: tuple[str, str | None, str | None]) -> None:
    assert split(text) == parts
