"""`lorry template` as a command; its templates are judged in tests/stack/."""

import json
import unittest

from harness import Case

PIPELINE = """\
project: shop
region: eu-central-1
source: {dynamodb: {table: orders, keys: {id: S}}}
sink: {url: "crate://crate.example.org:4200/?ssl=true", table: orders}
"""


class Template(Case):
    def test_documented_example(self):
        self.check("init")
        result = self.check("template")
        self.assertTrue(result.stdout.startswith('AWSTemplateFormatVersion: "2010-09-09"\n'), result.stdout)
        self.assertTrue(result.stdout.endswith("\n") and not result.stdout.endswith("\n\n"))
        self.assertEqual(result.stderr, "")
        self.assertEqual(self.check("template", "--format=yaml").stdout, result.stdout)

    def test_json(self):
        self.check("init")
        text = self.check("template", "--format", "json").stdout
        self.assertEqual(json.loads(text)["Resources"]["Function"]["Type"], "AWS::Lambda::Function")
        self.assertEqual(self.check("template", "--json").stdout, text)

    def test_stage(self):
        self.check("init")
        template = self.check_json("template", "--stage", "prod")
        self.assertEqual(template["Outputs"]["TableName"]["Value"], "table-prod")

    def test_file(self):
        self.write("other.yaml", PIPELINE)
        template = self.check_json("template", "--file", "other.yaml")
        self.assertEqual(template["Outputs"]["TableName"]["Value"], "orders")
        self.assertEqual(self.lorry("template", "-f", "-", stdin=PIPELINE).stdout,
                         self.check("template", "-f", "other.yaml").stdout)

    def test_no_file(self):
        result = self.check("template", status=1)
        self.assertEqual(result.stdout, "")
        self.assertIn("lorry init", result.stderr)

    def test_bad_file(self):
        self.write("pipeline.yaml", PIPELINE.replace("table: orders}", "tabel: orders}"))
        result = self.check("template", status=1)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, r'(?m)^pipeline.yaml:4:\d+: unknown key "tabel"')

    def test_wrong_format(self):
        self.check("init")
        result = self.check("template", "--format=toml", status=2)
        self.assertIn("yaml", result.stderr)
        self.check("template", "too-much", status=2)


if __name__ == "__main__":
    unittest.main()
