"""lorry init, lorry validate, and the file that commands look at."""

import unittest

from documented import assert_documented
from harness import ROOT, Case

GOOD = """\
project: shop
source: {dynamodb: {table: orders, keys: {id: S}}}
sink: {url: "crate://crate.example.org:4200", table: orders}
alarms: {topic: "arn:aws:sns:eu-central-1:123456789012:ops"}
"""


class Init(Case):
    def test_writes_the_example(self):
        result = self.check("init")
        self.assertEqual(result.stdout, "written to pipeline.yaml\n")
        self.assertIn("lorry deploy", result.stderr)
        self.assertEqual((self.folder / "pipeline.yaml").read_text(encoding="utf-8"),
                         (ROOT / "src" / "stack" / "example.yaml").read_text(encoding="utf-8"))

    def test_the_example_is_good(self):
        self.check("init")
        value = self.check_json("validate")
        self.assertEqual(value["stages"], ["dev", "prod"])
        self.assertTrue(value["valid"])
        # The one thing that cannot be made up.
        self.assertTrue(all("alarms.topic" in f["message"] for f in value["findings"]))
        self.assertEqual(self.check("validate", "--quiet").stderr, "")

    def test_elsewhere(self):
        self.assertEqual(self.check("init", "new").stdout, "written to new/pipeline.yaml\n")
        self.assertEqual(self.check("init", "new2/").stdout, "written to new2/pipeline.yaml\n")
        self.assertIn("lorry validate --file own.yaml", self.check("init", "-f", "own.yaml").stderr)
        self.assertTrue((self.folder / "own.yaml").exists())
        value = self.check_json("init", "again")
        assert_documented(self, "lorry init", value)

    def test_never_overwrites(self):
        self.write("pipeline.yaml", "mine")
        self.assertIn("there already", self.check("init", status=1).stderr)
        self.assertIn("there already", self.check("init", ".", status=1).stderr)
        self.assertEqual((self.folder / "pipeline.yaml").read_text(), "mine")
        self.assertIn("cannot", self.check("init", "no/such", status=1).stderr)
        self.check("init", "x", "-f", "y", status=2)
        self.check("init", "", status=2)


class Validate(Case):
    def test_good(self):
        self.write("pipeline.yaml", GOOD)
        result = self.check("validate")
        self.assertEqual((result.stdout, result.stderr),
                         ("pipeline.yaml: all is well; stage dev\n", ""))
        self.assertEqual(self.check("validate", "--quiet").stdout, "")
        assert_documented(self, "lorry validate", self.check_json("validate"))

    def test_warnings(self):
        self.write("pipeline.yaml", GOOD + "processor: {on-failure: none}\n")
        result = self.check("validate")
        self.assertEqual(result.stdout, "pipeline.yaml: no errors; stage dev\n")
        self.assertIn("pipeline.yaml:5:25: warning: nothing keeps", result.stderr)
        self.assertEqual(self.check("validate", "-q").stderr, "")

    def test_mistakes(self):
        self.write("own.yaml", GOOD + "processor: {memory: 1, timeout: x}\n")
        result = self.check("validate", "--file", "own.yaml", status=1)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.splitlines()), 2)
        self.assertEqual(result.stderr, self.check("validate", "-qf", "own.yaml", status=1).stderr)
        value = self.check_json("validate", "-f", "own.yaml", status=1)
        assert_documented(self, "lorry validate", value)
        self.assertEqual([(f["level"], f["line"], f["column"]) for f in value["findings"]],
                         [("error", 5, 21), ("error", 5, 33)])
        self.assertFalse(value["valid"])

    def test_unreadable(self):
        result = self.check("validate", status=1)
        self.assertEqual(result.stderr, "pipeline.yaml: cannot be read: No such file or directory "
                                        "(`lorry init` writes one)\n")
        value = self.check_json("validate", status=1)
        self.assertEqual([(f["line"], f["column"]) for f in value["findings"]], [(None, None)])
        self.write("long.yaml", "#" * (1 << 20) + "\n")
        self.assertIn("longer than", self.check("validate", "-f", "long.yaml", status=1).stderr)

    def test_standard_input(self):
        self.assertIn("stage dev", self.check("validate", "-f", "-", stdin=GOOD).stdout)

    def test_stage(self):
        self.write("pipeline.yaml", GOOD + "stages: {prod: {source: {dynamodb: {table: other}}}}\n")
        self.assertEqual(self.check_json("validate", "--stage", "prod")["stages"], ["prod", "dev"])
        result = self.check("validate", "--stage", "prdo", status=1)
        self.assertIn('(did you mean "prod"?)', result.stderr)

    def test_entrypoint_is_beside_the_file(self):
        (self.folder / "sub").mkdir()
        self.write("sub/own", "")
        self.write("sub/p.yaml", GOOD + "processor: {entrypoint: ./own}\n")
        self.check("validate", "-f", "sub/p.yaml")
        self.write("p.yaml", GOOD + "processor: {entrypoint: ./own}\n")
        self.assertIn("No such file", self.check("validate", "-f", "p.yaml", status=1).stderr)

    def test_an_emulator_by_the_environment(self):
        self.write("pipeline.yaml", GOOD.replace("crate://crate.example.org:4200", "sqlite:///x"))
        self.assertIn("cannot keep", self.check("validate", status=1).stderr)
        self.check("validate", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        self.check("validate", "--endpoint-url", "http://127.0.0.1:1")


if __name__ == "__main__":
    unittest.main()
