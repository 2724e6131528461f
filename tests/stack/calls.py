"""What a file says, as calls of lorry/stack.h; for the program described.c."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))
import packages

packages.require("yaml")
import yaml

NULLS = ("", "~", "null", "Null", "NULL")


def of_node(node, path=""):
    """Calls for what lies at a path: texts as they stand in the file, whatever their type."""
    if isinstance(node, yaml.MappingNode) and node.value:
        for key, value in node.value:
            yield from of_node(value, f"{path}.{key.value}" if path else key.value)
    elif isinstance(node, yaml.SequenceNode):
        for element in node.value:
            yield "add", path, element.value
    elif isinstance(node, yaml.MappingNode) or (node.style is None and node.value in NULLS):
        # A program does not say that it says nothing; but a stage may be there without a change.
        if path.startswith("stages."):
            yield "unset", path
    else:
        yield "set", path, node.value


def of_file(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(of_node(yaml.compose(file, Loader=yaml.BaseLoader)))


def encoded(calls):
    """As described.c takes them."""
    return b"".join(word.encode() + b"\0" for call in calls for word in call)
