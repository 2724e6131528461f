"""The JSON Schema of pipeline.yaml: that it is the one of this program, that it agrees with the
reader about the files in files/, and that docs/pipeline.md says the same.

LORRY_UPDATE=1 writes docs/pipeline.schema.json and the tables of docs/pipeline.md."""

import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "emulator"))
import packages

packages.require("jsonschema", "yaml")

import jsonschema
import yaml

FILES = Path(__file__).resolve().parent / "files"
SCHEMA = ROOT / "docs" / "pipeline.schema.json"
REFERENCE = ROOT / "docs" / "pipeline.md"
UPDATE = os.environ.get("LORRY_UPDATE")

# What no schema can see: rules across fields and stages, variables, and limits of time spans.
BEYOND = re.compile(r"(rule|stage|expand)-|limit-(multiple|log-retention|default-\w+|low|high)|"
                    r"type-keys-name|type-mapping-values")


class Loader(yaml.SafeLoader):
    """As YAML 1.2 has it: `yes` is a text, 010 no octal number."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
        ("null", r"~|null|Null|NULL|$", "~nN\0"), ("bool", r"(true|True|TRUE|false|False|FALSE)$", "tTfF"),
        ("int", r"-?(0|[1-9][0-9]*)$", "-0123456789"), ("float", r"-?[0-9]+\.[0-9]+$", "-0123456789")]:
    for character in first:
        Loader.yaml_implicit_resolvers.setdefault(character if character != "\0" else "", []).append(
            ("tag:yaml.org,2002:" + tag, re.compile("^(?:%s)" % pattern)))


def text_keys(value):
    if isinstance(value, dict):
        return {"" if key is None else str(key): text_keys(member) for key, member in value.items()}
    if isinstance(value, list):
        return [text_keys(member) for member in value]
    return value


def fields(schema, path=""):
    """(path, schema) of every field, in the order of the file."""
    for name, field in schema["properties"].items():
        full = path + name
        yield full, field
        if "properties" in field:
            yield from fields(field, full + ".")


def required(schema, path):
    for name in path.split("."):
        if name not in schema.get("required", []):
            return False
        schema = schema["properties"][name]
    return True


def value_words(field):
    """What the reference calls the value."""
    kind = field["anyOf"][0] if "anyOf" in field else field
    if "properties" in kind:
        return "fields"
    if "enum" in kind:
        return ", ".join("`%s`" % value for value in kind["enum"])
    if kind["type"] == "integer":
        return "%d to %d" % (kind["minimum"], kind["maximum"])
    if kind["type"] == ["string", "integer"]:
        return "time span" + (" or `%s`" % re.search(r"\^([^^]*)\$$", kind["pattern"])[1]
                              if "|^" in kind["pattern"] else "")
    if kind["type"] == "boolean":
        return "`true`, `false`"
    if kind["type"] == "array":
        return "list of %d to %d" % (kind["minItems"], kind["maxItems"])
    if "object" in kind["type"]:
        return "mapping of %s%d" % ("%d to " % kind["minProperties"] if "minProperties" in kind else "up to ",
                                    kind["maxProperties"])
    return "text, %d to %d characters" % (kind["minLength"], kind["maxLength"])


def row(schema, path, field):
    default = json.dumps(field["default"]).strip('"') if "default" in field else ""
    standard = "required" if required(schema, path) else "`%s`" % default if default else ""
    return "| `%s` | %s | %s | %s |" % (path, value_words(field), standard, field["description"])


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = subprocess.run([os.environ["LORRY"], "validate", "--schema"], check=True,
                                  capture_output=True, encoding="utf-8", timeout=60).stdout
        if UPDATE:
            SCHEMA.write_text(cls.text, encoding="utf-8")
        cls.schema = json.loads(cls.text)
        cls.validator = jsonschema.Draft7Validator(cls.schema)

    def load(self, path):
        return text_keys(yaml.load(path.read_text(encoding="utf-8"), Loader))

    def test_is_one(self):
        jsonschema.Draft7Validator.check_schema(self.schema)

    def test_the_one_in_the_tree_is_this(self):
        self.assertEqual(SCHEMA.read_text(encoding="utf-8"), self.text)

    def test_takes_what_the_reader_takes(self):
        for path in [ROOT / "src" / "stack" / "example.yaml", *sorted(FILES.glob("*.yaml"))]:
            findings = path.with_suffix(".txt")
            good = not findings.exists() or re.search(": (all is well|no errors);", findings.read_text("utf-8"))
            if good:
                self.assertEqual([e.message for e in self.validator.iter_errors(self.load(path))], [], path.name)

    def test_refuses_what_the_reader_refuses(self):
        refused = 0
        for path in sorted(FILES.glob("*.yaml")):
            wrong = ": (all is well|no errors);" not in path.with_suffix(".txt").read_text("utf-8")
            if path.name.startswith(("yaml-", "good-")) or BEYOND.match(path.name) or not wrong:
                continue
            self.assertFalse(self.validator.is_valid(self.load(path)), path.name)
            refused += 1
        self.assertGreater(refused, 20)

    def test_limits_one_by_one(self):
        """Of numbers, texts and choices the schema knows every limit that the reader knows."""
        for name in ["limit-low", "limit-high"]:
            found = {".".join(map(str, error.absolute_path))
                     for error in self.validator.iter_errors(self.load(FILES / (name + ".yaml")))}
            said = set(re.findall(r'"([a-z.-]+)" is "-?\d+"', (FILES / (name + ".txt")).read_text("utf-8")))
            self.assertLessEqual(said, found)


class Reference(unittest.TestCase):
    def test_has_every_field(self):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        rows = {path: row(schema, path, field) for path, field in fields(schema)}
        text = REFERENCE.read_text(encoding="utf-8")
        if UPDATE:
            text = re.sub(r"^\| `([a-z.-]+)` \|.*$", lambda m: rows.get(m[1], m[0]), text, flags=re.M)
            REFERENCE.write_text(text, encoding="utf-8")
        found = re.findall(r"^(\| `([a-z.-]+)` \|.*)$", text, flags=re.M)
        self.assertEqual([line for line, _ in found], [rows[path] for path in rows])


if __name__ == "__main__":
    unittest.main()
