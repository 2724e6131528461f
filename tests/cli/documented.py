"""Holds JSON against the tables of docs/json.md, that of a member as well where it has one of its own."""

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


def section(command):
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    return re.search(r"^## `%s`$(.*?)(?=^## |\Z)" % re.escape(command), text, re.M | re.S).group(1)


def rows(text):
    """{name: [types]} of a table, in its order."""
    found = re.findall(r"^\| `(\w+)` \| ([a-z ]+) \|", text, re.M)
    return {name: kinds.split(" or ") for name, kinds in found}


def members(command):
    return rows(section(command).partition("\n### ")[0])


def nested(command):
    """{path: members} of the members that have a table of their own, below "### `name`" or "### `outer.inner`"."""
    parts = re.split(r"^### `([\w.]+)`$", section(command), flags=re.M)
    return {name: rows(text) for name, text in zip(parts[1::2], parts[2::2])}


def assert_members(case, expected, value):
    case.assertEqual(list(value), list(expected))
    for name, kinds in expected.items():
        case.assertTrue(any(TYPES[kind](value[name]) for kind in kinds), (name, value[name]))


def assert_documented(case, command, value):
    assert_members(case, members(command), value)
    for path, expected in nested(command).items():
        inner = value
        for name in path.split("."):
            inner = inner[name]
        for element in inner if isinstance(inner, list) else [inner] if inner is not None else []:
            assert_members(case, expected, element)
