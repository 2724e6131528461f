"""Holds JSON against the tables of docs/json.md."""

import re

from harness import ROOT

TYPES = {
    "any": lambda value: True,
    "text": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, dict),
    "list of text": lambda value: isinstance(value, list) and
    all(isinstance(element, str) for element in value),
    "list of lists": lambda value: isinstance(value, list) and
    all(isinstance(element, list) for element in value),
    "list of objects": lambda value: isinstance(value, list) and
    all(isinstance(element, dict) for element in value),
}


def members(command):
    """{name: [types]} in the order of the document."""
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    section = re.search(r"^## `%s`$(.*?)(?=^## |\Z)" % re.escape(command), text, re.M | re.S)
    rows = re.findall(r"^\| `(\w+)` \| ([a-z ]+) \|", section.group(1), re.M)
    return {name: kinds.split(" or ") for name, kinds in rows}


def assert_documented(case, command, value):
    expected = members(command)
    case.assertEqual(list(value), list(expected))
    for name, kinds in expected.items():
        case.assertTrue(any(TYPES[kind](value[name]) for kind in kinds), (name, value[name]))
