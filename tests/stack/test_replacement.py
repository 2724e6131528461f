"""What makes CloudFormation replace a resource (src/stack/replacement.c), held against the schemas of the
resources that cfn-lint has."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))
import packages

packages.require("cfnlint")
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

ROOT = Path(__file__).resolve().parents[2]
# "Replacement if you edit an existing AttributeDefinition": what no schema says.
MORE = {("AWS::DynamoDB::Table", "AttributeDefinitions"): "PERHAPS"}


def properties(kind, member):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", kind).schema
    return {path.split("/")[2] for path in schema.get(member, [])}


class Replacement(unittest.TestCase):
    def test_table(self):
        rows = re.findall(r'\{"(AWS::\w+::\w+)", "(\w+)", REPLACEMENT_(\w+), (true|false)\}',
                          (ROOT / "src/stack/replacement.c").read_text(encoding="utf-8"))
        made = (ROOT / "tests/stack/templates").glob("*.template.yaml")
        kinds = {kind for path in made for kind in re.findall(r"Type: (AWS::\S+)", path.read_text(encoding="utf-8"))}
        self.assertGreater(len(kinds), 8)
        expected = dict(MORE)
        for kind in kinds:
            expected.update({(kind, name): "CERTAIN" for name in properties(kind, "createOnlyProperties")})
            expected.update({(kind, name): "PERHAPS" for name in properties(kind, "conditionalCreateOnlyProperties")})
        self.assertEqual({(kind, name): word for kind, name, word, _ in rows}, expected)
        for kind, name, word, is_name in rows:
            if is_name == "true":
                self.assertTrue(name.endswith("Name") and word == "CERTAIN", (kind, name))


if __name__ == "__main__":
    sys.exit(unittest.main())
